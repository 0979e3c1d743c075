/** The values' laws and text forms. */
@NullMarked
package dev.entwine.model;

import org.jspecify.annotations.NullMarked;
