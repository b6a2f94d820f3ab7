using Gesso.Contracts.Images;
using Gesso.Typography.Scene;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Gesso.Typography.Verification.Ocr;

/// <summary>A place that looks like text of any script.</summary>
/// <param name="Score">Mean probability inside, 0 … 1.</param>
public sealed record TextPlace(Quad Quad, double Score);

/// <summary>
/// PP-OCRv4's detector (DBNet): input [1, 3, H, W] with H and W multiples of 32, normalised as ImageNet, blue first; output the probability of text at each pixel.
/// </summary>
public sealed class PpOcrDetector : IDisposable
{
    private const int Multiple = 32;

    /// <summary>Small pictures are enlarged to this and large ones shrunk to the next, so that letters of 10 to 200 pixels have a size the network knows.</summary>
    private const int SmallestSide = 736;
    private const int LargestSide = 1280;

    /// <summary>Enlarged more, blobs of a small picture look like letters.</summary>
    private const double MostEnlarged = 2;

    private static readonly float[] Mean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] Deviation = [0.229f, 0.224f, 0.225f];

    private readonly InferenceSession _session;
    private readonly string _input;

    /// <exception cref="Gesso.Contracts.Errors.GessoException">Unavailable: the models are missing or changed.</exception>
    public PpOcrDetector(OcrModels models)
    {
        ArgumentNullException.ThrowIfNull(models);
        _session = PpOcrSession.Open(models.PathOf(OcrModels.Detector));
        _input = _session.InputMetadata.Keys.Single();
    }

    /// <summary>Places of text, the surest first.</summary>
    public IReadOnlyList<TextPlace> Find(RasterImage picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (Math.Min(picture.Width, picture.Height) < Quad.ShortestSide)
            return [];
        double longest = Math.Max(picture.Width, picture.Height);
        double scale = Math.Min(Math.Clamp(longest, SmallestSide, LargestSide) / longest, MostEnlarged);
        int width = Rounded(picture.Width * scale), height = Rounded(picture.Height * scale);
        var page = Rectifier.Rectify(picture, new PlaneSurface(Quad.Box(0, 0, picture.Width, picture.Height)), new ImageSize(width, height));
        int plane = width * height;
        float[] values = new float[3 * plane];
        for (int i = 0; i < plane; i++)
        {
            for (int c = 0; c < 3; c++)
                values[c * plane + i] = (page.Pixels[i * page.Channels + (page.Channels == 1 ? 0 : 2 - c)] / 255f - Mean[c]) / Deviation[c];
        }
        using var outputs = _session.Run([NamedOnnxValue.CreateFromTensor(_input, new DenseTensor<float>(values, [1, 3, height, width]))]);
        var map = new Plane(width, height, [.. outputs[0].AsEnumerable<float>()]);
        double sx = (double)picture.Width / width, sy = (double)picture.Height / height;
        ScenePoint Back(ScenePoint p) => new(Math.Clamp(p.X * sx, 0, picture.Width), Math.Clamp(p.Y * sy, 0, picture.Height));
        return [.. DbBoxes.From(map)
            .Select(b => new TextPlace(new Quad(Back(b.Quad.TopLeft), Back(b.Quad.TopRight), Back(b.Quad.BottomRight), Back(b.Quad.BottomLeft)), b.Score))
            .OrderByDescending(b => b.Score)];
    }

    public void Dispose() => _session.Dispose();

    private static int Rounded(double side) => Math.Max(Multiple, (int)Math.Round(side / Multiple) * Multiple);
}
