#include "eventstore/watermark.hpp"

namespace sillok {

template class Watermark<Position>;

}  // namespace sillok
