using Gesso.Contracts.Images;

namespace Gesso.Typography.Verification.Oracle;

/// <summary>Coverage drawn several times larger, read as pixels that begin anywhere: sums over rectangles from a table of sums.</summary>
internal sealed class FineInk
{
    private const int BilinearParts = 4;

    private readonly RasterImage _ink;
    private readonly int _finer;

    /// <summary>Sums modulo 2³²: only differences are read, and a rectangle's is below that.</summary>
    private readonly uint[] _sums;

    /// <param name="ink">One channel.</param>
    public FineInk(RasterImage ink, int finer)
    {
        _ink = ink;
        _finer = finer;
        int stride = ink.Width + 1;
        _sums = finer == 1 ? [] : new uint[stride * (ink.Height + 1)];
        for (int y = 0; y < ink.Height && finer > 1; y++)
        {
            uint row = 0;
            var above = _sums.AsSpan(y * stride + 1, ink.Width);
            var here = _sums.AsSpan((y + 1) * stride + 1, ink.Width);
            var from = ink.Pixels.AsSpan(y * ink.Width, ink.Width);
            for (int x = 0; x < from.Length; x++)
            {
                row += from[x];
                here[x] = unchecked(above[x] + row);
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

    /// <summary>A row of pixels, each the mean over a square that begins at a place, 0 … 255; nothing outside.</summary>
    /// <param name="x">Of the first; the others follow at distances of 1.</param>
    public void Row(double x, double y, Span<float> row)
    {
        if (_finer == 1)
        {
            for (int i = 0; i < row.Length; i++)
                row[i] = Bilinear(x + i, y);
            return;
        }
        int left = (int)Math.Round(x * _finer), top = (int)Math.Round(y * _finer);
        int y0 = Math.Clamp(top, 0, _ink.Height), y1 = Math.Clamp(top + _finer, 0, _ink.Height), stride = _ink.Width + 1;
        var upper = _sums.AsSpan(y0 * stride, stride);
        var lower = _sums.AsSpan(y1 * stride, stride);
        float share = 1f / (_finer * _finer);
        for (int i = 0; i < row.Length; i++, left += _finer)
        {
            int x0 = Math.Clamp(left, 0, _ink.Width), x1 = Math.Clamp(left + _finer, 0, _ink.Width);
            row[i] = unchecked(lower[x1] - upper[x1] - lower[x0] + upper[x0]) * share;
        }
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

    private float Texel(int x, int y) => x >= 0 && y >= 0 && x < _ink.Width && y < _ink.Height ? _ink.Pixels[y * _ink.Width + x] : 0;
}
