using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Scene;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Gesso.Typography.Verification.Ocr;

/// <summary>
/// PP-OCRv4's recogniser: 6,280 Han and ASCII, few accents, no Cyrillic worth the name. Input [1, 3, 48, W] in −1 … 1, output [1, T, 6625] probabilities: class 0 is
/// "nothing", then the letters of the file in order, then the space (PaddleOCR, CTCLabelDecode).
/// </summary>
public sealed class PpOcrRecognizer : ILineReader, IDisposable
{
    private const int Height = 48;
    private const int ShortestLine = 16;
    private const int LongestLine = 3200;

    private readonly InferenceSession _session;
    private readonly string[] _letters;
    private readonly string _input;

    /// <exception cref="GessoException">Unavailable: the models are missing or changed.</exception>
    public PpOcrRecognizer(OcrModels models)
    {
        ArgumentNullException.ThrowIfNull(models);
        _letters = [.. File.ReadAllText(models.PathOf(OcrModels.Letters), Encoding.UTF8).TrimEnd('\n').Split('\n').Select(l => l.TrimEnd('\r')), " "];
        _session = PpOcrSession.Open(models.PathOf(OcrModels.Recognizer));
        _input = _session.InputMetadata.Keys.Single();
    }

    public string Name => "PP-OCRv4";

    public IReadOnlyList<LineReading> Read(IReadOnlyList<RasterImage> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        return [.. lines.Select(Read)];
    }

    /// <summary>One line, of any size, grey or RGB.</summary>
    public LineReading Read(RasterImage line)
    {
        ArgumentNullException.ThrowIfNull(line);
        int width = Math.Clamp((int)Math.Round((double)line.Width * Height / line.Height), ShortestLine, LongestLine);
        var page = line.Width == width && line.Height == Height || Math.Min(line.Width, line.Height) < Quad.ShortestSide
            ? line
            : Rectifier.Rectify(line, new PlaneSurface(Quad.Box(0, 0, line.Width, line.Height)), new ImageSize(width, Height));
        if (page.Height != Height)
            return new LineReading("", 0);
        float[] values = new float[3 * Height * page.Width];
        int plane = Height * page.Width;
        for (int i = 0; i < plane; i++)
        {
            for (int c = 0; c < 3; c++)
                values[c * plane + i] = page.Pixels[i * page.Channels + (page.Channels == 1 ? 0 : 2 - c)] / 127.5f - 1; // blue first
        }
        using var outputs = _session.Run([NamedOnnxValue.CreateFromTensor(_input, new DenseTensor<float>(values, [1, 3, Height, page.Width]))]);
        var result = outputs[0].AsTensor<float>();
        if (result.Dimensions.Length != 3 || result.Dimensions[2] != _letters.Length + 1)
            throw GessoException.Bug("ocr_model_shape", $"The recogniser answers {string.Join("x", result.Dimensions.ToArray())}; expected 1xTx{_letters.Length + 1}.");
        return Decode(((DenseTensor<float>)result).Buffer.Span, result.Dimensions[1], result.Dimensions[2], _letters);
    }

    public void Dispose() => _session.Dispose();

    /// <summary>Best class of each step; repeats are one letter, "nothing" between them makes two.</summary>
    internal static LineReading Decode(ReadOnlySpan<float> probabilities, int steps, int classes, IReadOnlyList<string> letters)
    {
        var text = new StringBuilder();
        double sum = 0;
        int count = 0, before = 0;
        for (int t = 0; t < steps; t++)
        {
            var step = probabilities.Slice(t * classes, classes);
            int best = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(step);
            if (best != 0 && best != before)
            {
                text.Append(letters[best - 1]);
                sum += step[best];
                count++;
            }
            before = best;
        }
        return new LineReading(text.ToString().Trim(), count == 0 ? 0 : sum / count);
    }
}
