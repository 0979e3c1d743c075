@NullMarked
package dev.entwine.testkit.witness;

import org.jspecify.annotations.NullMarked;
