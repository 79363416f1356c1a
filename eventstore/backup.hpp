// Backups of a log on disk, under their public name.
#pragma once

#include "eventstore/transfer/backup.hpp"
