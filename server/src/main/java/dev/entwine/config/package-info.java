/**
 * What the user asked for. In: a YAML file, the environment, files that hold secrets. Out: immutable records, checked as a whole,
 * or every problem at once with file, line and column. Start reading at {@link dev.entwine.config.Configuration}.
 */
@NullMarked
package dev.entwine.config;

import org.jspecify.annotations.NullMarked;
