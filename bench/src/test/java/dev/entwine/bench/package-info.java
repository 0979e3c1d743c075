/** Whether the measurements measure what they say, and fail where they must. */
@NullMarked
package dev.entwine.bench;

import org.jspecify.annotations.NullMarked;
