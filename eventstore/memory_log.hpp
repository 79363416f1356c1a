// MemoryLog, the storage of a log in memory, under its public name.
#pragma once

#include "eventstore/storage/memory_log.hpp"
