/** Tests of the source itself: layout, direction of dependencies, format. */
@NullMarked
package dev.entwine.house;

import org.jspecify.annotations.NullMarked;
