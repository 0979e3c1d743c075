/** Tests of the arithmetic of a first copy. */
@NullMarked
package dev.entwine.snapshot;

import org.jspecify.annotations.NullMarked;
