using Gesso.Contracts.Images;
using Gesso.Typography.Scene;
using Gesso.Typography.Verification.Ocr;

namespace Gesso.Typography.Verification.StrayText;

/// <summary>Text in a picture that nobody asked for.</summary>
/// <param name="Quad">Where.</param>
/// <param name="Score">How sure the detector is that it is text, 0 … 1.</param>
/// <param name="Reading">What the recogniser makes of it; drawn letters that mean nothing have low confidence.</param>
public sealed record StrayPlace(Quad Quad, double Score, LineReading Reading);

/// <summary>
/// Looks for text outside the planned places. The detector finds strokes in rows, which grids, fences and single shapes have too, and whatever is found is painted
/// over; so a place counts only when it reads as a word, as a letter or digit beyond doubt, or is a row of strokes that the detector is very sure of.
/// </summary>
/// <param name="detector">Finds places.</param>
/// <param name="recognizer">Reads them.</param>
public sealed class StrayTextScan(PpOcrDetector detector, PpOcrRecognizer recognizer)
{
    /// <summary>The recogniser's own confidence from which two and more strokes are letters; round and straight shapes pass for single ones up to 0.9.</summary>
    private const double WordConfidence = 0.6;
    private const double LetterConfidence = 0.95;

    /// <summary>The detector's score from which a row counts even if no letter is known: pseudo-letters are what image models write.</summary>
    private const double SureScore = 0.75;
    private const double RowAspect = 2.2;

    /// <summary>A single letter higher than this part of the picture is a thing of that shape.</summary>
    private const double MostLetterHeight = 0.25;

    /// <summary>Part of a found place that must lie in planned ones for it to be theirs.</summary>
    private const double Planned = 0.6;

    /// <param name="planned">Where text was asked for.</param>
    public IReadOnlyList<StrayPlace> Find(RasterImage picture, IReadOnlyList<Quad> planned)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(planned);
        List<StrayPlace> found = [];
        foreach (var place in detector.Find(picture))
        {
            if (IsPlanned(place.Quad, planned))
                continue;
            var reading = Read(picture, place.Quad);
            if (IsText(place, reading, picture.Height))
                found.Add(new StrayPlace(place.Quad, place.Score, reading));
        }
        return found;
    }

    private static bool IsText(TextPlace place, LineReading reading, int pictureHeight)
    {
        int letters = reading.Text.Count(char.IsLetterOrDigit);
        double confidence = reading.Confidence ?? 0, longer = Math.Max(place.Quad.Width, place.Quad.Height), shorter = Math.Min(place.Quad.Width, place.Quad.Height);
        return letters >= 2 && confidence >= WordConfidence
            || letters == 1 && confidence >= LetterConfidence && longer <= MostLetterHeight * pictureHeight
            || place.Score >= SureScore && longer >= RowAspect * shorter;
    }

    private LineReading Read(RasterImage picture, Quad quad)
    {
        if (Math.Min(quad.Width, quad.Height) < Quad.ShortestSide)
            return new LineReading("", 0);
        var line = Rectifier.Rectify(picture, new PlaneSurface(quad));
        return recognizer.Read(line.Height > 1.5 * line.Width ? Turned(line) : line);
    }

    /// <summary>A column of text turned to run to the right.</summary>
    private static RasterImage Turned(RasterImage image)
    {
        var quad = Quad.Box(0, 0, image.Width, image.Height);
        return Rectifier.Rectify(image, new PlaneSurface(new Quad(quad.TopRight, quad.BottomRight, quad.BottomLeft, quad.TopLeft)), new ImageSize(image.Height, image.Width));
    }

    private static bool IsPlanned(Quad place, IReadOnlyList<Quad> planned)
    {
        double covered = planned.Sum(p => Polygon.Area(Polygon.Intersection(place.Corners, p.Corners)));
        return covered >= Planned * place.Area;
    }
}
