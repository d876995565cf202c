"""Laws: how error, drift and cost go with size, and whether one more size would pay.

A small library usable with plain arrays: `forms` and `fit` (curves), `weights` (which form predicts a left-out size),
`bootstrap` (paired resamples), `band`, `verdict`, `onset`, `value`, `robustness`, `extrapolate`; then `table` and
`summary` feed it from a published table or from the log.

With arrays (three sizes, 20,000 parts each, unpaired):

    errors, parts = np.array([0.12, 0.10, 0.09]), np.full(3, 20_000.0)
    m = Measured(np.array([1e6, 4e6, 16e6]), errors, parts, ("s", "m", "l"), binomial_draws(errors, parts))
    print("\\n".join(law_lines(law_of(m))))

Sizes are positive numbers of any axis (parameters, MACs, activations, ms, money); error rates are fractions 0..1;
slopes and tau are in percentage points (pp) of accuracy, slopes per doubling of size.
"""
