using Gesso.Contracts.Images;

namespace Gesso.Training.Widening;

/// <summary>A drawing as areas of a few colours: its pixels in ten groups by colour, ragged edges smoothed.</summary>
internal sealed class ColourAreas
{
    /// <summary>On 268 drawings redrawn as fxemoji six were as good: 68 % in the style and 90 % recognised against 66 % and 90 %.</summary>
    private const int Groups = 10;

    private const int Rounds = 6;
    private const int Smoothings = 2;

    private readonly int _width;
    private readonly int _height;
    private int[] _areaOf;

    private ColourAreas(RasterImage drawing)
    {
        (_width, _height) = (drawing.Width, drawing.Height);
        byte[] p = drawing.Pixels;
        Oklab[] pixels = [.. Enumerable.Range(0, _width * _height).Select(i => Oklab.Of(p[3 * i], p[3 * i + 1], p[3 * i + 2]))];
        var centres = Begin(pixels);
        _areaOf = new int[pixels.Length];
        for (int round = 0; round < Rounds; round++)
            Group(pixels, centres);
        for (int round = 0; round < Smoothings; round++)
            Smooth(centres.Length);
        Colours = centres;
    }

    public IReadOnlyList<Oklab> Colours { get; }

    /// <summary>Of each pixel.</summary>
    public IReadOnlyList<int> AreaOf => _areaOf;

    public static ColourAreas Of(RasterImage drawing) => new(drawing);

    /// <summary>White, then again and again the colour that would serve the pixels best beside those there are; samples suffice for that.</summary>
    private static Oklab[] Begin(Oklab[] pixels)
    {
        const int candidates = 443, samples = 712;
        Oklab[] Some(int count) => [.. Enumerable.Range(0, count).Select(i => pixels[(long)i * pixels.Length / count])];
        Oklab[] offered = Some(candidates), served = Some(samples);
        List<Oklab> centres = [Oklab.Of(255, 255, 255)];
        double[] least = [.. served.Select(s => s.FarFrom(centres[0]))];
        while (centres.Count < Groups)
        {
            centres.Add(offered.MaxBy(o => served.Select((s, i) => Math.Max(0, least[i] - s.FarFrom(o))).Sum()));
            for (int i = 0; i < served.Length; i++)
                least[i] = Math.Min(least[i], served[i].FarFrom(centres[^1]));
        }
        return [.. centres];
    }

    /// <summary>One round of k-means; white stays white.</summary>
    private void Group(Oklab[] pixels, Oklab[] centres)
    {
        double[][] sums = [.. centres.Select(_ => new double[4])];
        for (int i = 0; i < pixels.Length; i++)
        {
            int best = 0;
            double least = double.MaxValue;
            for (int k = 0; k < centres.Length; k++)
            {
                double far = pixels[i].FarFrom(centres[k]);
                if (far < least)
                    (least, best) = (far, k);
            }
            _areaOf[i] = best;
            double[] sum = sums[best];
            (sum[0], sum[1], sum[2], sum[3]) = (sum[0] + pixels[i].L, sum[1] + pixels[i].A, sum[2] + pixels[i].B, sum[3] + 1);
        }
        for (int k = 1; k < centres.Length; k++)
        {
            if (sums[k][3] > 0)
                centres[k] = new Oklab(sums[k][0] / sums[k][3], sums[k][1] / sums[k][3], sums[k][2] / sums[k][3]);
        }
    }

    /// <summary>Every pixel takes the commonest area of the nine around it, its own counted twice.</summary>
    private void Smooth(int areas)
    {
        int[] next = new int[_areaOf.Length], votes = new int[areas];
        for (int i = 0; i < next.Length; i++)
        {
            Array.Clear(votes);
            var (x, y) = (i % _width, i / _width);
            for (int v = Math.Max(0, y - 1); v <= Math.Min(_height - 1, y + 1); v++)
            {
                for (int u = Math.Max(0, x - 1); u <= Math.Min(_width - 1, x + 1); u++)
                    votes[_areaOf[v * _width + u]]++;
            }
            votes[_areaOf[i]]++;
            next[i] = Array.IndexOf(votes, votes.Max());
        }
        _areaOf = next;
    }
}
