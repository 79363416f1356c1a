# Warnings are errors in our own code; ccache and one shared precompiled header keep a full build short.

find_program(CCACHE ccache)
if(CCACHE)
  # DEPEND: it takes the included files from the compiler, instead of preprocessing everything first.
  # SLOPPINESS: what a precompiled header makes ccache wary of (its macros, its time of creation) is the same for every
  # build here.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_DEPEND=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

add_library(sillok_options INTERFACE)
target_include_directories(sillok_options INTERFACE ${PROJECT_SOURCE_DIR})
# Where files are compiled together, one may use a name that is another's, too: there -Wshadow would misfire.
set(united $<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>)
target_compile_options(sillok_options INTERFACE
  -Wall -Wextra -Wpedantic $<$<NOT:${united}>:-Wshadow> -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(sillok_options INTERFACE -Wthread-safety -Wthread-safety-beta)
else()
  # g++ 12 takes the inlined allocation of an Asio coroutine's frame for a mismatch with its deallocation.
  target_compile_options(sillok_options INTERFACE -Wno-mismatched-new-delete $<${united}:-Wno-subobject-linkage>)
endif()
# Asio: no deprecated interfaces, coroutines only where they are used on purpose.
target_compile_definitions(sillok_options INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)
# The precompiled header holds spdlog, so every user of that header needs spdlog's definitions.
target_compile_definitions(sillok_options INTERFACE $<TARGET_PROPERTY:spdlog::spdlog,INTERFACE_COMPILE_DEFINITIONS>)

set(SILLOK_SANITIZE "" CACHE STRING "address,undefined or thread; empty for none")
if(SILLOK_SANITIZE)
  target_compile_options(sillok_options INTERFACE -fsanitize=${SILLOK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(sillok_options INTERFACE -fsanitize=${SILLOK_SANITIZE})
endif()
if(SILLOK_SANITIZE STREQUAL "thread")
  target_link_options(sillok_options INTERFACE
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/tests/sanitizers/own_symbols.map)
endif()

# Statically: RocksDB's counters are thread-local, and from a shared library each look at one is a call. But what is
# not instrumented is known to the sanitizers' suppressions by the library's name.
# What the program allocates with: docs/performance.md; sanitizers bring their own.
if(SILLOK_SANITIZE)
  set(SILLOK_ROCKSDB RocksDB::rocksdb-shared)
  set(SILLOK_MALLOC)
else()
  set(SILLOK_ROCKSDB RocksDB::rocksdb)
  set(SILLOK_MALLOC ${TCMALLOC})
endif()

option(SILLOK_PRECOMPILED_HEADER "Compile the heavy outside headers once for all targets" ON)
if(SILLOK_PRECOMPILED_HEADER)
  add_library(sillok_precompiled OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
  target_link_libraries(sillok_precompiled PRIVATE sillok_options Threads::Threads)
  target_precompile_headers(sillok_precompiled PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Templates that the header already names are instantiated once, in it; and its time of creation stays out of it.
    set_target_properties(sillok_precompiled PROPERTIES PCH_INSTANTIATE_TEMPLATES ON)
    target_compile_options(sillok_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
  else()
    # ccache's way to see through a precompiled header of g++.
    target_compile_options(sillok_options INTERFACE -fpch-preprocess)
  endif()
endif()

option(SILLOK_UNITY_BUILD "Compile folders of sources in one go where that saves most of their time" ON)

# sillok_compile_together(TARGET FOLDER... [PARTS N] [EXCEPT FILE...]): the target's sources in these folders (. is its
# own) become one compiler run, which reads their headers once. PARTS: N runs instead, where one would make a change of
# one file slow. EXCEPT: sources whose names would clash with another's there.
# sillok_compile_together(TARGET FILES FILE...): these sources become one.
# It is worth it where headers cost much more than the folders' own code. Each file still includes what it uses: the
# presets dev and tidy compile it alone.
function(sillok_compile_together target)
  cmake_parse_arguments(ARG "" "PARTS" "EXCEPT;FILES" ${ARGN})
  if(NOT SILLOK_UNITY_BUILD)
    return()
  endif()
  if(ARG_FILES)
    list(GET ARG_FILES 0 name)
    string(MAKE_C_IDENTIFIER "${name}" name)
    set_source_files_properties(${ARG_FILES} PROPERTIES UNITY_GROUP "${name}")
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    return()
  endif()
  list(JOIN ARG_UNPARSED_ARGUMENTS "_" name)
  string(REPLACE "/" "_" name "${name}")
  get_target_property(sources ${target} SOURCES)
  set(count 0)
  foreach(source IN LISTS sources)
    cmake_path(GET source PARENT_PATH folder)
    if(folder STREQUAL "")
      set(folder .)
    endif()
    if(NOT folder IN_LIST ARG_UNPARSED_ARGUMENTS OR source IN_LIST ARG_EXCEPT)
      continue()
    endif()
    set(group "${name}")
    if(ARG_PARTS)
      math(EXPR part "${count} % ${ARG_PARTS}")
      math(EXPR count "${count} + 1")
      string(APPEND group "_${part}")
    endif()
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP "${group}")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# Gives every library and program of the project the one precompiled header. Call it after the last target was made.
function(sillok_share_precompiled_header)
  if(NOT SILLOK_PRECOMPILED_HEADER)
    return()
  endif()
  set(folders ${PROJECT_SOURCE_DIR})
  while(folders)
    list(POP_FRONT folders folder)
    get_property(deeper DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
    list(APPEND folders ${deeper})
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    foreach(target IN LISTS targets)
      get_target_property(type ${target} TYPE)
      if(type MATCHES "^(STATIC_LIBRARY|OBJECT_LIBRARY|EXECUTABLE)$" AND NOT target STREQUAL sillok_precompiled)
        target_precompile_headers(${target} REUSE_FROM sillok_precompiled)
      endif()
    endforeach()
  endwhile()
endfunction()
