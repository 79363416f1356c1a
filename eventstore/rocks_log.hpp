// RocksLog, the storage of a log on disk, under its public name.
#pragma once

#include "eventstore/storage/rocks_log.hpp"
