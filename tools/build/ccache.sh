#!/bin/sh
# A compiler through ccache, as cgo calls it. Go tells the compiler to seed its names with a hash of the whole package, so that a change of
# one file would compile all of them anew: the seed becomes the name of the file, which is as different between files as it has to be.
compiler=$1 file=
shift
for argument; do
  case $argument in *.c | *.cc | *.cpp | *.cxx | *.m | *.S) file=$argument ;; esac
done
for argument; do
  shift
  case $argument in -frandom-seed=*) argument="-frandom-seed=$file" ;; esac
  set -- "$@" "$argument"
done
exec ccache "$compiler" "$@"
