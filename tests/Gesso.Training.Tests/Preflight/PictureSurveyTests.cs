using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Testing;
using Gesso.Training.Datasets;
using Gesso.Training.Preflight;

namespace Gesso.Training.Tests.Preflight;

public sealed class PictureSurveyTests
{
    [Fact]
    public void A_folder_as_people_have_them_is_sorted_out()
    {
        using var folder = new TestFolder();
        OddPictures.Fill(folder.Path);

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
    public void A_folder_at_two_sizes_is_looked_at_once_and_trained_at_both()
    {
        using var folder = new TestFolder();
        for (int i = 0; i < 2; i++)
            folder.Add($"{i}.png", ImageFiles.EncodePng(Pictures.Noise(40, 30, 3, i)));
        folder.Add("copy.png", ImageFiles.EncodePng(Pictures.Noise(40, 30, 3, 1)));
        PictureFolder small = new() { Path = folder.Path, Resolution = new ImageSize(32, 32) };
        int looked = 0;

        var survey = PictureSurvey.Take([small, small with { Resolution = new ImageSize(64, 64) }], (_, _) => Interlocked.Increment(ref looked));

        Assert.Equal(3, looked);
        Assert.Equal(["copy.png"], Names(survey.Copies.Select(c => c.Copy)));
        Assert.Equal(["0.png", "0.png", "1.png", "1.png"], Names(survey.Used));
        Assert.Empty(survey.Alike);
        Assert.Equal(survey.Folders, survey.Measured.Select(m => m.Picture.Folder).Distinct());
        Assert.All(survey.Measured, m => Assert.Equal(new ImageSize(40, 30), m.Size));
        Assert.Equal(survey.Measured, MeasuredPicture.In(survey.Folders));
    }

    [Fact]
    public void After_the_survey_no_picture_is_decoded_to_know_its_size()
    {
        using var tiny = new TinyTraining();
        var survey = PictureSurvey.Take([new PictureFolder { Path = tiny.Pictures }]);
        foreach (string file in Directory.EnumerateFiles(tiny.Pictures, "*.png"))
            File.WriteAllText(file, "no picture any more");

        var data = new TrainingData(tiny.Plan("measured") with { Pictures = survey.Folders }, tiny.Model, survey.Measured);

        Assert.Equal(4, data.Trained.Count);
        Assert.Contains(data.Trained, p => p.Fit.Bucket == new ImageSize(40, 24));
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

    private static IEnumerable<string> Names(IEnumerable<PictureFacts> pictures) => pictures.Select(p => Path.GetFileName(p.Picture.Path)).Order(StringComparer.Ordinal);
}
