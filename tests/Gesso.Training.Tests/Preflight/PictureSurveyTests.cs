using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Testing;
using Gesso.Training.Datasets;
using Gesso.Training.Preflight;

namespace Gesso.Training.Tests.Preflight;

public sealed class PictureSurveyTests
{
    /// <summary>16×16, four components.</summary>
    private const string Cmyk =
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAQCwwODAoQDg0OEhEQExgoGhgWFhgxIyUdKDozPTw5Mzg3QEhcTkBEV0U3OFBtUVdfYmdoZz5NcXlwZHhcZWdj/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAAGB//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBEMATQBZAEsAAD8A0BEoJTgAAAP/2Q==";

    /// <summary>8×8, two frames.</summary>
    private const string Animated =
        "UklGRpQAAABXRUJQVlA4WAoAAAACAAAABwAABwAAQU5JTQYAAAD/////AABBTk1GMAAAAAAAAAAAAAcAAAcAAGQAAAJWUDggGAAAADABAJ0BKggACAAFQHwlpAADcAD+6/sAAEFOTUYwAAAAAAAAAAAABwAABwAAZAAAAFZQOCAYAAAANAEAnQEqCAAIAAAAfCWkAANwAP7vTEAA";

    [Fact]
    public void A_folder_as_people_have_them_is_sorted_out()
    {
        using var folder = new TestFolder();
        byte[] one = ImageFiles.EncodePng(Pictures.Noise(40, 40, 3, 1));
        folder.Add("one.png", one);
        for (int i = 0; i < 8; i++)
            folder.Add($"one copy {i}.png", one);
        folder.Add("other.png", ImageFiles.EncodePng(Pictures.Noise(40, 40, 3, 2)));
        folder.Add("broken.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3]);
        folder.Add("print.jpg", Convert.FromBase64String(Cmyk));
        folder.Add("moving.webp", Convert.FromBase64String(Animated));
        folder.Add("clear.png", ImageFiles.EncodePng(HalfClear()));

        var survey = PictureSurvey.Take([new PictureFolder { Path = folder.Path }]);

        Assert.Equal(["broken.jpg"], Names(survey.Broken));
        Assert.Equal(8, survey.Copies.Count);
        Assert.Equal(["clear.png", "moving.webp", "one copy 0.png", "other.png", "print.jpg"], Names(survey.Used));
        Assert.Equal(["print.jpg"], Names(survey.Used.Where(p => p.IsCmyk)));
        Assert.Equal(["moving.webp"], Names(survey.Used.Where(p => p.Frames > 1)));
        Assert.Equal(["clear.png"], Names(survey.Used.Where(p => p.IsTransparent)));
        Assert.Equal(9, Assert.Single(survey.Folders).LeftOut.Count);
        Assert.Equal(5, TrainingPicture.In(survey.Folders).Count);
    }

    [Fact]
    public void The_same_photograph_at_another_quality_is_seen_as_alike_and_another_is_not()
    {
        using var folder = new TestFolder();
        var picture = Pictures.Gradient(200, 120);
        folder.Add("a.png", ImageFiles.EncodePng(Pictures.Noise(64, 64, 3, 5)));
        folder.Add("b.png", ImageFiles.EncodePng(picture));
        folder.Add("c.jpg", ImageFiles.EncodeJpeg(picture, 60));

        var survey = PictureSurvey.Take([new PictureFolder { Path = folder.Path }]);

        var (one, other) = Assert.Single(survey.Alike);
        Assert.Equal(["b.png", "c.jpg"], Names([one, other]));
        Assert.Equal(3, survey.Used.Count);
    }

    private static RasterImage HalfClear()
    {
        byte[] pixels = new byte[30 * 30 * 4];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(i % 4 == 3 && i < pixels.Length / 2 ? 0 : 200);
        return new RasterImage(30, 30, 4, pixels);
    }

    private static IEnumerable<string> Names(IEnumerable<PictureFacts> pictures) => pictures.Select(p => Path.GetFileName(p.Picture.Path)).Order(StringComparer.Ordinal);
}
