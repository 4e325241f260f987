// The painters, compiled once per instruction set: what a point of each part looks like and which class it is.
#include "reenact/head/colour_hair.paint.hpp"
#include "reenact/head/colour_mouth.paint.hpp"
#include "reenact/head/colour_skin.paint.hpp"
#include "reenact/head/colour_things.paint.hpp"
