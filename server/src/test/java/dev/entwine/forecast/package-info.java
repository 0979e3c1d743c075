@NullMarked
package dev.entwine.forecast;

import org.jspecify.annotations.NullMarked;
