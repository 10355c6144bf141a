"""Asks a model for each line of a file: batch.py QUESTIONS ANSWERS [AT_ONCE].

A question is a line of JSON, {"id": …, "prompt": …}; its answer is one, {"id": …, "answer": …}. Answers are appended as they come, so that a run that
was ended goes on where it stopped: what is answered is not asked again. Exit code 1 where a question was not answered.
OPENAI_BASE_URL, OPENAI_API_KEY and MODEL as for the client.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from openai import APIError, AsyncOpenAI

# the client waits as long as a gateway that limits it says (Retry-After), and tries again
client = AsyncOpenAI(timeout=300, max_retries=8)
model = os.environ["MODEL"]


def answered(answers: Path) -> set[str]:
    """What is answered; a line that a killed run wrote by half is taken away."""
    if not answers.exists():
        return set()
    text = answers.read_text()
    if text and not text.endswith("\n"):
        text = text[: text.rfind("\n") + 1]
        answers.write_text(text)
    return {json.loads(line)["id"] for line in text.splitlines()}


async def main(questions: Path, answers: Path, at_once: int) -> int:
    done = answered(answers)
    waiting = [each for each in map(json.loads, questions.read_text().splitlines()) if each["id"] not in done]
    failed = 0

    with answers.open("a") as file:

        async def worker():
            nonlocal failed
            while waiting:
                question = waiting.pop(0)
                messages = [{"role": "user", "content": question["prompt"]}]
                try:
                    answer = await client.chat.completions.create(model=model, messages=messages, max_tokens=64, temperature=0)
                except APIError as error:
                    failed += 1
                    print(f"{question['id']}: {error}", file=sys.stderr)
                    continue
                file.write(json.dumps({"id": question["id"], "answer": answer.choices[0].message.content}) + "\n")
                file.flush()

        await asyncio.gather(*(worker() for _ in range(at_once)))
    print(f"{len(done)} were answered before, {failed} failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: batch.py QUESTIONS ANSWERS [AT_ONCE]")
    sys.exit(asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) == 4 else 4)))
