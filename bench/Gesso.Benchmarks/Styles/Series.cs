using Gesso.Contracts.Images;

namespace Gesso.Benchmarks.Styles;

/// <summary>Pictures that should be of one style, and what the judges say of them.</summary>
internal sealed class Series
{
    private readonly IReadOnlyList<Sight> _styles;
    private readonly IReadOnlyList<Sight>? _things;
    private readonly int _style;

    /// <param name="name">As it stands in the table.</param>
    /// <param name="pictures">RGB, 128×128.</param>
    /// <param name="things">What each should show; null: not asked.</param>
    /// <param name="style">What all should look like.</param>
    /// <param name="judges">They decide.</param>
    public Series(string name, IReadOnlyList<RasterImage> pictures, IReadOnlyList<string>? things, string style, Judges judges)
    {
        Name = name;
        Pictures = pictures;
        _style = judges.Styles.IndexOf(style);
        _styles = judges.Style(pictures);
        _things = things is null ? null : judges.Thing(pictures);
        double threshold = judges.Cut(style).Threshold;
        InStyle = [.. Scores.Select(s => s >= threshold)];
        Recognised = _things is null ? [] : [.. _things.Select((s, i) => judges.Things[s.Best] == things![i])];
        var other = _styles.Where(s => s.Best != _style).GroupBy(s => s.Best).MaxBy(g => g.Count());
        OtherStyle = other is null ? "" : $"{judges.Styles[other.Key]} {(double)other.Count() / pictures.Count:P0}";
        Palettes = [.. pictures.Select(Palette.Of)];
    }

    public string Name { get; }

    public IReadOnlyList<RasterImage> Pictures { get; }

    public IReadOnlyList<bool> InStyle { get; }

    public IReadOnlyList<bool> Recognised { get; }

    public IReadOnlyList<double[]> Palettes { get; }

    public double StyleShare => InStyle.Count(s => s) / (double)InStyle.Count;

    /// <summary>For which no other style is likelier.</summary>
    public double LikeliestShare => _styles.Count(s => s.Best == _style) / (double)_styles.Count;

    public double? ThingShare => _things is null ? null : Recognised.Count(r => r) / (double)Recognised.Count;

    /// <summary>What the others are taken for most often, with its share.</summary>
    public string OtherStyle { get; }

    /// <summary>Mean probability of the style.</summary>
    public double Score => Scores.Average();

    /// <summary>Standard deviation of the style's probability over the series.</summary>
    public double ScoreSpread
    {
        get
        {
            double mean = Score;
            return Math.Sqrt(Scores.Average(s => (s - mean) * (s - mean)));
        }
    }

    private IEnumerable<double> Scores => _styles.Select(s => (double)s.Probabilities[_style]);
}
