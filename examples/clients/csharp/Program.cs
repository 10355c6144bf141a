// Asks a model with the official client: chat, stream, embeddings or tools. OPENAI_BASE_URL and OPENAI_API_KEY say where, MODEL which;
// on Linux, SSL_CERT_FILE names the certificate of a gateway that made its own.
using System.ClientModel;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: dotnet run -- chat|stream|embeddings|tools TEXT");
    return 2;
}

static string Setting(string name) => Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set");
var credential = new ApiKeyCredential(Setting("OPENAI_API_KEY"));
var options = new OpenAIClientOptions { Endpoint = new Uri(Setting("OPENAI_BASE_URL")), NetworkTimeout = TimeSpan.FromSeconds(300) };
var model = Setting("MODEL");
var chat = new ChatClient(model, credential, options);
List<ChatMessage> messages = [new UserChatMessage(args[1])];
var bounds = new ChatCompletionOptions { MaxOutputTokenCount = 64, Temperature = 0 };

switch (args[0])
{
    case "chat":
        ChatCompletion answer = await chat.CompleteChatAsync(messages, bounds);
        Console.WriteLine(answer.Content[0].Text);
        return 0;

    case "stream":
        await foreach (StreamingChatCompletionUpdate update in chat.CompleteChatStreamingAsync(messages, bounds))
            foreach (ChatMessageContentPart part in update.ContentUpdate)
                Console.Write(part.Text);
        Console.WriteLine();
        return 0;

    case "embeddings":
        OpenAIEmbedding embedding = await new EmbeddingClient(model, credential, options).GenerateEmbeddingAsync(args[1]);
        Console.WriteLine(embedding.ToFloats().Length);
        return 0;

    case "tools":
        bounds.Tools.Add(ChatTool.CreateFunctionTool("multiply", "The product of two integers.", BinaryData.FromString(
            """{ "type": "object", "properties": { "a": { "type": "integer" }, "b": { "type": "integer" } }, "required": ["a", "b"] }""")));
        // Runs what the model calls, and asks again with the results until it calls nothing more, five times at most.
        for (var turn = 0; turn < 5; turn++)
        {
            ChatCompletion said = await chat.CompleteChatAsync(messages, bounds);
            if (said.FinishReason != ChatFinishReason.ToolCalls)
            {
                Console.WriteLine(said.Content[0].Text);
                return 0;
            }
            messages.Add(new AssistantChatMessage(said));
            foreach (ChatToolCall call in said.ToolCalls)
            {
                using var numbers = JsonDocument.Parse(call.FunctionArguments);
                var product = numbers.RootElement.GetProperty("a").GetInt64() * numbers.RootElement.GetProperty("b").GetInt64();
                messages.Add(new ToolChatMessage(call.Id, product.ToString()));
            }
        }
        Console.Error.WriteLine("the model went on calling tools");
        return 1;

    default:
        Console.Error.WriteLine($"{args[0]}: must be chat, stream, embeddings or tools");
        return 2;
}
