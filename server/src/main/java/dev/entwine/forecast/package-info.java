/**
 * How many collisions are to be expected. In come keys as they are changed, in little memory ({@link dev.entwine.forecast.KeySketch}); out go
 * classes of keys that are changed equally often ({@link dev.entwine.forecast.KeyClasses}), and what follows from them ({@link
 * dev.entwine.forecast.Forecast}). Pure: no clock, no thread. Start reading at {@code Forecast}.
 */
@NullMarked
package dev.entwine.forecast;

import org.jspecify.annotations.NullMarked;
