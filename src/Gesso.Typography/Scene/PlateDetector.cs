using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;

namespace Gesso.Typography.Scene;

/// <summary>What to look for.</summary>
public sealed record PlateSearch
{
    /// <summary>About where; null: anywhere.</summary>
    public PixelBox? Near { get; init; }

    /// <summary>Below this the answer is "none": 0 … 1.</summary>
    public double LeastConfidence { get; init; } = 0.5;

    /// <exception cref="GessoException"><c>out_of_range</c>.</exception>
    public void Validate(RasterImage picture)
    {
        if (LeastConfidence is not (>= 0 and <= 1))
            throw GessoException.Invalid("out_of_range", $"LeastConfidence: expected 0 to 1, got {LeastConfidence}.");
        if (Near is { } near && near.Intersect(PixelBox.Whole(picture)).IsEmpty)
            throw GessoException.Invalid("out_of_range", $"Near: expected a box inside the picture ({picture.Size}); got {near.Width}x{near.Height} at {near.X},{near.Y}.");
    }
}

/// <summary>What was found; that nothing was is an answer, not an error.</summary>
/// <param name="Quad">Null: nothing that text can be put onto without asking.</param>
/// <param name="Confidence">0 … 1, of the best candidate.</param>
/// <param name="Reason">For people: what it is, or why it was refused and what to do.</param>
public sealed record PlateFinding(Quad? Quad, double Confidence, string Reason)
{
    /// <summary>The quad, or an error that says what to do instead.</summary>
    /// <exception cref="GessoException">Refused: <c>no_plate</c>.</exception>
    public Quad Require() => Quad ?? throw GessoException.Refused("no_plate", Reason);
}

/// <summary>
/// Finds the most plausible flat, empty plate of a picture: a sign, label, paper or screen. Even zones are taken at several levels of evenness; those whose
/// outline is a quadrilateral are measured again at full size, where each side must lie on an edge. Text on a plate does not hinder: it is a hole in its zone.
/// </summary>
public static class PlateDetector
{
    private const int WorkingSize = 400;
    private const int MostMeasured = 16;
    private const double LeastShare = 0.006;
    private const double UsualShare = 0.02;
    private const double LeastFill = 0.82;
    private const double UsualFill = 0.93;
    private const double MostAspect = 14;
    private const double MostSideRatio = 4;
    private const double LeastSine = 0.5;                                                    // angles of 30 … 150 degrees

    /// <summary>Largest slope, in bytes a pixel of the working size, that still counts as even.</summary>
    internal static readonly double[] Evenness = [1.2, 2, 3.2, 5, 8, 12];

    public static PlateFinding Find(RasterImage picture, PlateSearch? search = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        search ??= new PlateSearch();
        search.Validate(picture);
        Plane[] channels = Channels(picture);
        var candidates = Candidates(channels, search)
            .OrderByDescending(c => c.Promise)
            .Take(MostMeasured)
            .Select(c => Measured(c, channels, picture, search))
            .OrderByDescending(c => c.Confidence)
            .ToList();
        if (candidates.Count == 0)
            return new PlateFinding(null, 0, "No even surface with four sides was found: give its four corners.");
        var best = candidates[0];
        return best.Confidence >= search.LeastConfidence
            ? new PlateFinding(best.Quad, best.Confidence, $"An even surface with four sides at {best.Quad}.")
            : new PlateFinding(null, best.Confidence, $"The best surface, at {best.Quad}, is too uncertain ({best.Confidence:0.00}, {search.LeastConfidence:0.00} is asked): give its four corners.");
    }

    private readonly record struct Candidate(Quad Quad, double Promise, double Confidence, int Scale);

    private static IEnumerable<Candidate> Candidates(Plane[] channels, PlateSearch search)
    {
        var (slope, scale) = SmallSlopes(channels);
        double whole = (double)slope.Width * slope.Height;
        double least = search.Near is { } near ? 0.1 * near.Area / scale / scale : LeastShare * whole;
        foreach (double level in Evenness)
        {
            foreach (var zone in EvenZones.Find(slope, level, least))
            {
                if (Quadrilateral.Around(Polygon.Hull(zone.Corners)) is not { } quad || !IsPlausible(quad))
                    continue;
                double fill = zone.FilledArea / quad.Area;
                double promise = Ramp(fill, LeastFill, UsualFill) * (0.5 + 0.5 * zone.Area / zone.FilledArea);
                if (search.Near is null)
                    promise *= Math.Sqrt(Math.Min(1, quad.Area / whole / UsualShare));
                var full = Quadrilateral.Scale(quad, scale);
                if (search.Near is { } box)
                    promise *= Math.Min(1, Overlap(full, box) / 0.5);
                if (promise > 0.05)
                    yield return new Candidate(full, promise, 0, scale);
            }
        }
    }

    internal static Plane[] Channels(RasterImage picture) =>
        [.. Enumerable.Range(0, picture.Channels == 1 ? 1 : 3).Select(c => Plane.Channel(picture, c, PixelBox.Whole(picture)))];

    /// <summary>Slopes at the working size, and how many pixels of the picture one of theirs is.</summary>
    internal static (Plane Slope, int Scale) SmallSlopes(Plane[] channels)
    {
        int scale = 1;
        Plane[] small = channels;
        while (Math.Max(small[0].Width, small[0].Height) > WorkingSize)
        {
            small = Array.ConvertAll(small, Smoothing.Halve);
            scale *= 2;
        }
        return (Slopes(Array.ConvertAll(small, p => Smoothing.Gaussian(p, 1))), scale);
    }

    private static Candidate Measured(Candidate candidate, Plane[] channels, RasterImage picture, PlateSearch search)
    {
        var (quad, support) = PlateEdges.Refine(candidate.Quad, channels, reach: 2.5 * candidate.Scale + 2.5);
        if (quad is null || !IsPlausible(quad))
            return candidate;
        double border = PlateEdges.ShareOnBorder(quad, picture, candidate.Scale + 1);
        double confidence = candidate.Promise * support * Math.Max(0, 1 - 2 * border);
        return candidate with { Quad = quad, Confidence = confidence };
    }

    private static bool IsPlausible(Quad quad)
    {
        var c = quad.Corners;
        double[] sides = [.. Enumerable.Range(0, 4).Select(i => c[i].DistanceTo(c[(i + 1) % 4]))];
        if (sides.Min() < Quad.ShortestSide || quad.Width > MostAspect * quad.Height || quad.Height > MostAspect * quad.Width)
            return false;
        if (Ratio(sides[0], sides[2]) > MostSideRatio || Ratio(sides[1], sides[3]) > MostSideRatio)
            return false;
        for (int i = 0; i < 4; i++)
        {
            var (a, b) = (c[(i + 1) % 4] - c[i], c[(i + 2) % 4] - c[(i + 1) % 4]);
            if (a.Cross(b) < LeastSine * sides[i] * sides[(i + 1) % 4])
                return false;
        }
        return true;
    }

    private static double Ratio(double a, double b) => Math.Max(a, b) / Math.Max(1e-6, Math.Min(a, b));

    private static double Ramp(double value, double from, double to) => Math.Clamp((value - from) / (to - from), 0, 1);

    private static double Overlap(Quad quad, PixelBox box)
    {
        double common = Polygon.Area(Polygon.Intersection(quad.Corners, Quad.Box(box.X, box.Y, box.Width, box.Height).Corners));
        return common / (quad.Area + box.Area - common);
    }

    /// <summary>The steepest slope of any channel: a red sign on a green hedge of the same brightness has edges too.</summary>
    private static Plane Slopes(Plane[] channels)
    {
        var slope = new Plane(channels[0].Width, channels[0].Height);
        foreach (var p in channels)
        {
            for (int y = 0; y < p.Height; y++)
            {
                for (int x = 0; x < p.Width; x++)
                {
                    float gx = (p[Math.Min(x + 1, p.Width - 1), y] - p[Math.Max(x - 1, 0), y]) / 2;
                    float gy = (p[x, Math.Min(y + 1, p.Height - 1)] - p[x, Math.Max(y - 1, 0)]) / 2;
                    slope[x, y] = Math.Max(slope[x, y], MathF.Sqrt(gx * gx + gy * gy));
                }
            }
        }
        return slope;
    }
}
