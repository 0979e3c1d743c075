package dev.entwine.forecast;

import java.util.List;

/**
 * Keys that are changed equally often.
 *
 * @param keys  how many; an estimate, so not always whole
 * @param rates changes a second of each one of them, site by site in order of precedence
 */
public record KeyClass(double keys, List<Double> rates) {
    public KeyClass {
        rates = List.copyOf(rates);
    }

    double rate(int site) {
        return rates.get(site);
    }
}
