@NullMarked
package dev.entwine.console;

import org.jspecify.annotations.NullMarked;
