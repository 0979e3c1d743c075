@NullMarked
package dev.entwine.testkit.torture;

import org.jspecify.annotations.NullMarked;
