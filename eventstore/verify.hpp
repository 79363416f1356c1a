// Verification of a log, under its public name.
#pragma once

#include "eventstore/proof/verify.hpp"
