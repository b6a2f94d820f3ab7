using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Testing;
using Gesso.Training.Buckets;
using Gesso.Training.Datasets;

namespace Gesso.Training.Tests.Datasets;

public sealed class TrainingPictureTests
{
    private static readonly byte[] Png = ImageFiles.EncodePng(Pictures.Gradient(20, 10));

    [Fact]
    public void Txt_captions_are_read_although_kohyas_default_is_caption()
    {
        using var folder = new TestFolder();
        folder.Add("a.png", Png);
        folder.Add("b.png", Png);
        folder.Add("a.txt", "from txt"u8);
        folder.Add("b.caption", "from caption"u8);

        Assert.Equal(["from txt", "from caption"], In(folder.Path).Select(p => p.Caption));
    }

    [Fact]
    public void Kohyas_folders_give_repeats_and_a_caption_where_there_is_none()
    {
        using var folder = new TestFolder();
        foreach (string inner in (string[])["3_red shoe", "10_box", "notes"])
        {
            Directory.CreateDirectory(folder.At(inner));
            File.WriteAllBytes(folder.At(inner, "x.jpg"), Png);
        }
        File.WriteAllText(folder.At("10_box", "x.txt"), "a box\n of two lines\r\n");

        var pictures = TrainingPicture.In(PictureFolder.Find(folder.Path));

        Assert.Equal(["a box of two lines", "red shoe"], pictures.Select(p => p.Caption));
        Assert.Equal([10, 3], pictures.Select(p => p.Folder.Repeats));
    }

    [Fact]
    public void Pictures_that_lie_in_the_folder_itself_are_found()
    {
        using var folder = new TestFolder();
        folder.Add("Foto.JPEG", Png);
        folder.Add("notes.txt", "nothing"u8);

        Assert.Equal(folder.At("Foto.JPEG"), Assert.Single(In(folder.Path)).Path);
    }

    [Fact]
    public void Captions_in_any_script_are_kept_and_what_is_not_utf8_is_named()
    {
        using var folder = new TestFolder();
        folder.Add("a.png", Png);
        File.WriteAllText(folder.At("a.txt"), "赤いりんご、アイコン");
        Assert.Equal("赤いりんご、アイコン", In(folder.Path)[0].Caption);

        folder.Add("a.txt", [0x61, 0xE4, 0x62]);
        Assert.Contains("a.txt is not UTF-8", Refusal.Of("caption_unreadable", () => In(folder.Path)));
    }

    [Fact]
    public void Folders_without_pictures_say_what_is_expected()
    {
        using var folder = new TestFolder();

        Assert.Contains("10_brand", Refusal.Of("no_pictures", () => PictureFolder.Find(folder.Path)));
        Refusal.Of("folder_missing", () => PictureFolder.Find(folder.At("nowhere")));
    }

    [Fact]
    public void The_middle_is_cut_out_and_mirrored()
    {
        using var folder = new TestFolder();
        // columns 0 … 9: the bucket of 4 takes 3 to 6
        folder.Add("a.png", ImageFiles.EncodePng(Pictures.Of(10, 4, (x, y) => (x * 10, y * 10, 0))));
        var fit = new BucketFit(new ImageSize(4, 4), new ImageSize(10, 4));
        var picture = In(folder.Path)[0];

        Assert.Equal([30, 40, 50, 60], Enumerable.Range(0, 4).Select(x => (int)picture.Load(fit, flipped: false).Pixels[x * 3]));
        Assert.Equal([60, 50, 40, 30], Enumerable.Range(0, 4).Select(x => (int)picture.Load(fit, flipped: true).Pixels[x * 3]));
    }

    [Fact]
    public void Masks_come_from_a_folder_or_from_alpha()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.At("masks"));
        folder.Add("a.png", ImageFiles.EncodePng(new RasterImage(2, 1, 4, [1, 2, 3, 255, 4, 5, 6, 0])));
        File.WriteAllBytes(folder.At("masks", "a.png"), ImageFiles.EncodePng(Pictures.Of(2, 1, (x, _) => x == 0 ? (0, 0, 0) : (255, 255, 255))));
        var fit = new BucketFit(new ImageSize(2, 1), new ImageSize(2, 1));
        byte[]? Mask(PictureFolder of) => TrainingPicture.In([of])[0].LoadMask(fit, flipped: false)?.Pixels;
        var plain = new PictureFolder { Path = folder.Path };

        Assert.Null(Mask(plain));
        Assert.Equal([0, 255], Mask(plain with { Masks = folder.At("masks") })!);
        Assert.Equal([255, 0], Mask(plain with { AlphaMask = true })!);

        File.Delete(folder.At("masks", "a.png"));
        Assert.Contains("a.png has no mask", Refusal.Of("mask_missing", () => Mask(plain with { Masks = folder.At("masks") })));
    }

    private static IReadOnlyList<TrainingPicture> In(string path) => TrainingPicture.In(PictureFolder.Find(path));
}
