/** Where the program can be made to die, so that it can be shown that it may die anywhere. */
@NullMarked
package dev.entwine.fault;

import org.jspecify.annotations.NullMarked;
