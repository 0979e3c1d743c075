/** Tests of reading configurations. */
@NullMarked
package dev.entwine.config;

import org.jspecify.annotations.NullMarked;
