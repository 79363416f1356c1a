// Nothing: it exists so that precompiled.hpp has a target to be compiled in.
