using Gesso.Training.Optimizers;

namespace Gesso.Training.Tests.Optimizers;

/// <summary>The papers' formulas on plain double arrays, one value after another: what the optimisers are held against.</summary>
internal sealed class PlainOptimizers(OptimizerKind kind, double[] start, (int Rows, int Columns)[] shapes, double decay)
{
    private readonly double[] _m = new double[start.Length];
    private readonly double[] _v = new double[start.Length];
    private readonly double[] _s = new double[start.Length];
    private readonly double[] _z = [.. start];
    private readonly double[] _x0 = [.. start];
    private readonly double[][] _rows = [.. shapes.Select(s => new double[s.Rows])];
    private readonly double[][] _columns = [.. shapes.Select(s => new double[s.Columns])];
    private int _t;
    private double _weights, _largestRate, _d = 1e-6, _largestD = 1e-6, _numerator;

    public double[] X { get; } = [.. start];

    public void Step(double[] g, double rate)
    {
        _t++;
        switch (kind)
        {
            case OptimizerKind.AdamW: Adam(g, rate); break;
            case OptimizerKind.Lion: Lion(g, rate); break;
            case OptimizerKind.ScheduleFreeAdamW: ScheduleFree(g, rate); break;
            case OptimizerKind.Prodigy: Prodigy(g, rate); break;
            case OptimizerKind.Adafactor: Adafactor(g, rate); break;
            case OptimizerKind.Muon: Muon(g, rate); break;
        }
    }

    /// <summary>arXiv 1711.05101, algorithm 2.</summary>
    private void Adam(double[] g, double rate)
    {
        for (int i = 0; i < X.Length; i++)
        {
            _m[i] = 0.9 * _m[i] + 0.1 * g[i];
            _v[i] = 0.999 * _v[i] + 0.001 * g[i] * g[i];
            double m = _m[i] / (1 - Math.Pow(0.9, _t)), v = _v[i] / (1 - Math.Pow(0.999, _t));
            X[i] -= rate * decay * X[i];
            X[i] -= rate * m / (Math.Sqrt(v) + 1e-8);
        }
    }

    /// <summary>arXiv 2302.06675, algorithm 2.</summary>
    private void Lion(double[] g, double rate)
    {
        for (int i = 0; i < X.Length; i++)
        {
            double c = 0.9 * _m[i] + 0.1 * g[i];
            X[i] -= rate * (Math.Sign(c) + decay * X[i]);
            _m[i] = 0.99 * _m[i] + 0.01 * g[i];
        }
    }

    /// <summary>arXiv 2405.15682, algorithm 1, kept as x and z; the parameters are y.</summary>
    private void ScheduleFree(double[] g, double rate)
    {
        _largestRate = Math.Max(_largestRate, rate);
        double weight = _largestRate * _largestRate;
        _weights += weight;
        double c = weight / _weights;
        for (int i = 0; i < X.Length; i++)
        {
            _v[i] = 0.999 * _v[i] + 0.001 * g[i] * g[i];
            double step = g[i] / (Math.Sqrt(_v[i] / (1 - Math.Pow(0.999, _t))) + 1e-8) + decay * X[i];
            _z[i] -= rate * step;
            _x0[i] = (1 - c) * _x0[i] + c * _z[i];                  // x, the average
            X[i] = 0.1 * _z[i] + 0.9 * _x0[i];                      // y, where the next gradient is taken
        }
    }

    public double[] Average => _x0;

    /// <summary>arXiv 2306.06101, algorithm 4, with bias correction and the safeguard of its code.</summary>
    private void Prodigy(double[] g, double rate)
    {
        const double d0 = 1e-6;
        double beta3 = Math.Sqrt(0.999), d = _d;
        double step = d * rate * Math.Sqrt(1 - Math.Pow(0.999, _t)) / (1 - Math.Pow(0.9, _t));
        _numerator = beta3 * _numerator + d / d0 * step * g.Select((value, i) => value * (_x0[i] - X[i])).Sum();
        for (int i = 0; i < X.Length; i++)
        {
            _m[i] = 0.9 * _m[i] + 0.1 * d * g[i];
            _v[i] = 0.999 * _v[i] + 0.001 * d * d * g[i] * g[i];
            _s[i] = beta3 * _s[i] + d / d0 * d * g[i];
        }
        double estimate = _numerator / _s.Sum(Math.Abs);
        if (d == d0)
            d = Math.Max(d, estimate);
        _largestD = Math.Max(_largestD, estimate);
        _d = Math.Min(_largestD, d * double.PositiveInfinity);
        for (int i = 0; i < X.Length; i++)
        {
            X[i] -= decay * step * X[i];
            X[i] -= step * _m[i] / (Math.Sqrt(_v[i]) + _d * 1e-8);
        }
    }

    /// <summary>arXiv 1804.04235, algorithm 4, a rate from outside.</summary>
    private void Adafactor(double[] g, double rate)
    {
        double beta = 1 - Math.Pow(_t, -0.8);
        int offset = 0;
        for (int k = 0; k < shapes.Length; k++)
        {
            var (rows, columns) = shapes[k];
            double At(int r, int c) => g[offset + r * columns + c];
            for (int r = 0; r < rows; r++)
                _rows[k][r] = beta * _rows[k][r] + (1 - beta) * Enumerable.Range(0, columns).Average(c => At(r, c) * At(r, c) + 1e-30);
            for (int c = 0; c < columns; c++)
                _columns[k][c] = beta * _columns[k][c] + (1 - beta) * Enumerable.Range(0, rows).Average(r => At(r, c) * At(r, c) + 1e-30);
            double mean = _rows[k].Average();
            double[] update = new double[rows * columns];
            for (int i = 0; i < update.Length; i++)
                update[i] = g[offset + i] / Math.Sqrt(_rows[k][i / columns] * _columns[k][i % columns] / mean);
            double size = Math.Max(1, Math.Sqrt(update.Average(u => u * u)));
            for (int i = 0; i < update.Length; i++)
                X[offset + i] = X[offset + i] * (1 - decay * rate) - rate * update[i] / size;
            offset += rows * columns;
        }
    }

    /// <summary>kellerjordan.github.io/posts/muon, the iteration written out on arrays.</summary>
    private void Muon(double[] g, double rate)
    {
        int offset = 0;
        foreach (var (rows, columns) in shapes)
        {
            double[,] matrix = new double[rows, columns];
            for (int i = 0; i < rows * columns; i++)
            {
                _m[offset + i] = 0.95 * _m[offset + i] + g[offset + i];
                matrix[i / columns, i % columns] = g[offset + i] + 0.95 * _m[offset + i];
            }
            bool tall = rows > columns;
            var x = tall ? Transposed(matrix) : matrix;
            double norm = Math.Sqrt(x.Cast<double>().Sum(e => e * e)) + 1e-7;
            x = Combined((1 / norm, x));
            for (int i = 0; i < 5; i++)
            {
                var a = Product(x, Transposed(x));
                x = Combined((3.4445, x), (1, Product(Combined((-4.7750, a), (2.0315, Product(a, a))), x)));
            }
            if (tall)
                x = Transposed(x);
            double factor = rate * 0.2 * Math.Sqrt(Math.Max(rows, columns));
            for (int i = 0; i < rows * columns; i++)
                X[offset + i] = X[offset + i] * (1 - rate * decay) - factor * x[i / columns, i % columns];
            offset += rows * columns;
        }
    }

    private static double[,] Transposed(double[,] a)
    {
        double[,] result = new double[a.GetLength(1), a.GetLength(0)];
        for (int r = 0; r < a.GetLength(0); r++)
        {
            for (int c = 0; c < a.GetLength(1); c++)
                result[c, r] = a[r, c];
        }
        return result;
    }

    private static double[,] Product(double[,] a, double[,] b)
    {
        double[,] result = new double[a.GetLength(0), b.GetLength(1)];
        for (int r = 0; r < result.GetLength(0); r++)
        {
            for (int c = 0; c < result.GetLength(1); c++)
            {
                for (int k = 0; k < a.GetLength(1); k++)
                    result[r, c] += a[r, k] * b[k, c];
            }
        }
        return result;
    }

    private static double[,] Combined(params (double Factor, double[,] Matrix)[] terms)
    {
        double[,] result = new double[terms[0].Matrix.GetLength(0), terms[0].Matrix.GetLength(1)];
        foreach (var (factor, matrix) in terms)
        {
            for (int r = 0; r < result.GetLength(0); r++)
            {
                for (int c = 0; c < result.GetLength(1); c++)
                    result[r, c] += factor * matrix[r, c];
            }
        }
        return result;
    }
}
