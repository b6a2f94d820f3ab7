using Gesso.Typography.Scene;

namespace Gesso.Typography.Verification.Oracle;

/// <summary>Coverage drawn several times larger, read as pixels that begin anywhere: sums over rectangles from a table of sums.</summary>
internal sealed class FineInk
{
    private const int BilinearParts = 4;

    private readonly Plane _ink;
    private readonly int _finer;
    private readonly double[] _sums;

    public FineInk(Plane ink, int finer)
    {
        _ink = ink;
        _finer = finer;
        int stride = ink.Width + 1;
        _sums = finer == 1 ? [] : new double[stride * (ink.Height + 1)];
        for (int y = 0; y < ink.Height && finer > 1; y++)
        {
            double row = 0;
            for (int x = 0; x < ink.Width; x++)
            {
                row += ink[x, y];
                _sums[(y + 1) * stride + x + 1] = _sums[y * stride + x + 1] + row;
            }
        }
    }

    /// <summary>In pixels of the other drawing.</summary>
    public double Width => (double)_ink.Width / _finer;

    public double Height => (double)_ink.Height / _finer;

    /// <summary>The smallest shift that is worth trying.</summary>
    public double Step => 1.0 / (_finer == 1 ? BilinearParts : _finer);

    /// <summary>To what can be shifted without rounding.</summary>
    public double Snap(double shift, bool whole) => whole ? Math.Round(shift) : Math.Round(shift * _finer) / _finer;

    /// <summary>The mean over a square of one pixel that begins at a place; nothing outside.</summary>
    public float Pixel(double x, double y)
    {
        if (_finer == 1)
            return Bilinear(x, y);
        int left = (int)Math.Round(x * _finer), top = (int)Math.Round(y * _finer);
        int x0 = Math.Clamp(left, 0, _ink.Width), x1 = Math.Clamp(left + _finer, 0, _ink.Width);
        int y0 = Math.Clamp(top, 0, _ink.Height), y1 = Math.Clamp(top + _finer, 0, _ink.Height);
        if (x0 >= x1 || y0 >= y1)
            return 0;
        int stride = _ink.Width + 1;
        double sum = _sums[y1 * stride + x1] - _sums[y0 * stride + x1] - _sums[y1 * stride + x0] + _sums[y0 * stride + x0];
        return (float)(sum / (_finer * _finer));
    }

    private float Bilinear(double x, double y)
    {
        int x0 = (int)Math.Floor(x), y0 = (int)Math.Floor(y);
        float fx = (float)(x - x0), fy = (float)(y - y0);
        if (fx == 0 && fy == 0)
            return Texel(x0, y0);
        float upper = Texel(x0, y0) * (1 - fx) + Texel(x0 + 1, y0) * fx;
        float lower = Texel(x0, y0 + 1) * (1 - fx) + Texel(x0 + 1, y0 + 1) * fx;
        return upper * (1 - fy) + lower * fy;
    }

    private float Texel(int x, int y) => x >= 0 && y >= 0 && x < _ink.Width && y < _ink.Height ? _ink[x, y] : 0;
}
