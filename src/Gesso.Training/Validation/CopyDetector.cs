using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Training.Buckets;
using Gesso.Training.Datasets;

namespace Gesso.Training.Validation;

/// <summary>Finds the training picture that a drawn one is likest to, by the correlation of both at 16×16: insensitive to size and brightness, not to what is shown.</summary>
public sealed class CopyDetector
{
    private const int Side = 16;
    private readonly List<(string Path, double[] Features)> _known = [];

    public CopyDetector(IEnumerable<(TrainingPicture Picture, BucketFit Fit)> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        foreach (var (picture, fit) in pictures)
            _known.Add((picture.Path, Features(picture.Load(fit, flipped: false))));
    }

    /// <summary>The likest picture and its correlation, −1 … 1.</summary>
    public (string Path, double Likeness) Nearest(RasterImage drawn)
    {
        double[] features = Features(drawn);
        return _known.Select(k => (k.Path, Likeness: k.Features.Zip(features, (a, b) => a * b).Sum())).MaxBy(k => k.Likeness);
    }

    /// <summary>Pixels at 16×16 without their mean, of length 1; a picture of one colour has none.</summary>
    private static double[] Features(RasterImage picture)
    {
        byte[] small = Resampler.Resize(Resampler.ToRgb(picture), Side, Side).Pixels;
        double mean = small.Average(p => (double)p);
        double length = Math.Sqrt(small.Sum(p => (p - mean) * (p - mean)));
        return [.. small.Select(p => length == 0 ? 0 : (p - mean) / length)];
    }
}
