/** Tests of the launcher script, in folders of their own with Java and Maven played by scripts that show their arguments. */
@NullMarked
package dev.entwine.launcher;

import org.jspecify.annotations.NullMarked;
