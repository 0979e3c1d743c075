/** How the target's errors are judged. */
@NullMarked
package dev.entwine.apply;

import org.jspecify.annotations.NullMarked;
