using System.Text.Json;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;

namespace Gesso.Cli.Tests.Commands;

public sealed class TextCommandTests : IDisposable
{
    private const string Layers = """
        { "canvas": "320x200", "layers": [
          { "id": "title", "text": "Hello", "role": "title", "region": { "box": [20, 20, 280, 60] } },
          { "id": "body", "text": "שלום and مرحبا", "size": 20, "region": { "box": [20, 110, 280, 60] } } ] }
        """;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Text_is_laid_changed_checked_and_taken_off_without_a_trace()
    {
        string photo = Photo(320, 200), poster = _folder.File("poster.png"), plain = _folder.File("plain.png");

        var rendered = await CliRun.StartAsync("text", "render", Document(Layers), "--on", photo, "--out", poster);
        Assert.True(rendered.ExitCode == 0, rendered.Error);
        byte[] first = ImageFiles.Read(poster).Pixels;
        var edited = await CliRun.StartAsync("text", "edit", poster, "--layer", "title", "--text", "Grüße", "--color", "#ff0000");
        Assert.True(edited.ExitCode == 0, edited.Error);
        var shown = await CliRun.StartAsync("text", "edit", poster, "--show");
        var removed = await CliRun.StartAsync("text", "edit", poster, "--remove", "--out", plain);

        Assert.NotEqual(first, ImageFiles.Read(poster).Pixels);
        Assert.Contains("Grüße", shown.Output, StringComparison.Ordinal);
        Assert.Contains("#ff0000", shown.Output, StringComparison.Ordinal);
        Assert.True(removed.ExitCode == 0, removed.Error);
        Assert.Equal(ImageFiles.Read(photo).Pixels, ImageFiles.Read(plain).Pixels);
        var back = await CliRun.StartAsync("text", "edit", poster, "--layer", "title", "--text", "Hello", "--color", "auto");
        Assert.True(back.ExitCode == 0, back.Error);
        Assert.Equal(first, ImageFiles.Read(poster).Pixels);
        var verified = await CliRun.StartAsync("text", "verify", poster, "--json");
        Assert.True(verified.ExitCode == 0, verified.Output);
        using var report = JsonDocument.Parse(verified.Output);
        Assert.True(report.RootElement.GetProperty("same_pixels").GetBoolean());
    }

    [Fact]
    public async Task Transparent_text_has_its_own_alpha()
    {
        string banner = _folder.File("banner.png");

        var run = await CliRun.StartAsync("text", "render", Document(Layers), "--size", "640x400", "--transparent", "--out", banner);

        Assert.True(run.ExitCode == 0, run.Error);
        var picture = ImageFiles.Read(banner);
        Assert.Equal(new ImageSize(640, 400), picture.Size);
        Assert.Equal(4, picture.Channels);
        Assert.Equal(0, picture.Pixels[3]);
        Assert.Contains((byte)255, picture.Pixels.Where((_, i) => i % 4 == 3));
    }

    [Fact]
    public async Task Picture_that_was_changed_since_is_refused_with_the_reason()
    {
        string photo = Photo(320, 200), poster = _folder.File("poster.png"), bare = _folder.File("bare.png");
        await CliRun.StartAsync("text", "render", Document(Layers), "--on", photo, "--out", poster);
        AtomicFile.Write(bare, ImageFiles.EncodePng(ImageFiles.Read(poster)));

        var withoutText = await CliRun.StartAsync("text", "edit", bare, "--layer", "title", "--text", "x");
        var unknown = await CliRun.StartAsync("text", "edit", poster, "--layer", "titel", "--text", "x");

        Assert.Equal(ExitCodes.Invalid, withoutText.ExitCode);
        Assert.Contains("carries no text document", withoutText.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Invalid, unknown.ExitCode);
        Assert.Contains("title, body", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_documents_and_low_contrast_are_told()
    {
        string wrong = Document("""{ "layers": [ { "id": "a", "text": "x", "region": { "box": [0, 0, 50] } } ] }"""), poster = _folder.File("poster.png");
        var error = await CliRun.StartAsync("text", "render", wrong, "--size", "100x100", "--out", poster);
        string faint = Document(Layers.Replace("\"id\": \"title\"", "\"id\": \"title\", \"color\": \"#eeeeee\"", StringComparison.Ordinal));
        var rendered = await CliRun.StartAsync("text", "render", faint, "--out", poster);
        var verified = await CliRun.StartAsync("text", "verify", poster);

        Assert.Equal(ExitCodes.Invalid, error.ExitCode);
        Assert.Contains("layers[0].region.box", error.Error, StringComparison.Ordinal);
        Assert.Equal(0, rendered.ExitCode);
        Assert.Contains("note: text layer \"title\": its contrast", rendered.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Invalid, verified.ExitCode);
        Assert.Contains("title: 5 characters in 1 line", verified.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_in_the_scene_is_changed_and_taken_off_without_a_trace()
    {
        string photo = Photo(320, 200), sign = _folder.File("sign.png"), plain = _folder.File("plain.png");
        string layers = Document("""
            { "layers": [ { "id": "sign", "text": "OPEN", "blend": "scene", "region": { "quad": [[40, 40], [280, 60], [270, 140], [50, 150]] } },
              { "id": "can", "text": "Tea", "region": { "cylinder": { "corners": [[20, 155], [120, 155], [120, 195], [20, 195]] } } } ] }
            """);

        var rendered = await CliRun.StartAsync("text", "render", layers, "--on", photo, "--out", sign);
        Assert.True(rendered.ExitCode == 0, rendered.Error);
        byte[] first = ImageFiles.Read(sign).Pixels;
        var verified = await CliRun.StartAsync("text", "verify", sign, "--json");
        var edited = await CliRun.StartAsync("text", "edit", sign, "--layer", "sign", "--text", "CLOSED");
        Assert.NotEqual(first, ImageFiles.Read(sign).Pixels);
        var back = await CliRun.StartAsync("text", "edit", sign, "--layer", "sign", "--text", "OPEN");
        var removed = await CliRun.StartAsync("text", "edit", sign, "--remove", "--out", plain);

        Assert.Equal((0, 0, 0), (edited.ExitCode, back.ExitCode, removed.ExitCode));
        Assert.Contains("\"same_pixels\": true", verified.Output, StringComparison.Ordinal);
        Assert.Equal(first, ImageFiles.Read(sign).Pixels);
        Assert.Equal(ImageFiles.Read(photo).Pixels, ImageFiles.Read(plain).Pixels);
    }

    [Fact]
    public async Task Surface_is_looked_for_when_asked_and_a_picture_without_one_is_refused()
    {
        string wall = _folder.File("wall.png"), sign = _folder.File("sign.png"), photo = Photo(320, 200);
        byte[] pixels = new byte[320 * 200 * 3];
        for (int i = 0; i < 320 * 200; i++)
        {
            bool plate = i % 320 is >= 60 and < 260 && i / 320 is >= 50 and < 140;
            pixels.AsSpan(3 * i, 3).Fill((byte)(plate ? 220 : 60 + i * 7 % 41));
        }
        AtomicFile.Write(wall, ImageFiles.EncodePng(new RasterImage(320, 200, 3, pixels)));
        string layers = Document("""{ "layers": [ { "id": "sign", "text": "OPEN", "blend": "scene" } ] }""");

        var found = await CliRun.StartAsync("text", "render", layers, "--on", wall, "--find-surface", "--out", sign);
        var refused = await CliRun.StartAsync("text", "render", layers, "--on", photo, "--find-surface", "--out", sign);
        var unasked = await CliRun.StartAsync("text", "render", layers, "--on", wall, "--out", sign);
        var shown = await CliRun.StartAsync("text", "edit", sign, "--show");

        Assert.True(found.ExitCode == 0, found.Error);
        Assert.Contains("\"quad\"", shown.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Refused, refused.ExitCode);
        Assert.Contains("quad", refused.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Invalid, unasked.ExitCode);
        Assert.Contains("--find-surface", unasked.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_of_a_prompt_are_laid_in_and_repeated_by_the_recipe()
    {
        string poster = _folder.File("poster.png"), again = _folder.File("again.png"), asIs = _folder.File("as-is.png"), asIsAgain = _folder.File("as-is-again.png");
        string[] prompt = ["generate", "A poster of a red apple with the title \"APPLES\"", "--steps", "1", "--seed", "3"];

        var drawn = await CliRun.StartAsync([.. prompt, "--out", poster]);
        var repeated = await CliRun.StartAsync("generate", "--from", poster, "--quiet", "--out", again);
        var plain = await CliRun.StartAsync([.. prompt, "--no-text", "--out", asIs]);
        var plainRepeated = await CliRun.StartAsync("generate", "--from", asIs, "--quiet", "--out", asIsAgain);
        var both = await CliRun.StartAsync([.. prompt, "--no-text", "--text", Document(Layers)]);
        var shown = await CliRun.StartAsync("text", "edit", poster, "--show");

        Assert.True(drawn.ExitCode == 0, drawn.Error);
        Assert.Contains("note: laid in after drawing: title \"APPLES\". The model is asked for: A poster of a red apple, calm", drawn.Error, StringComparison.Ordinal);
        Assert.Contains("\"text\": \"APPLES\"", shown.Output, StringComparison.Ordinal);
        Assert.Equal((0, 0, 0), (repeated.ExitCode, plain.ExitCode, plainRepeated.ExitCode));
        Assert.Equal(await File.ReadAllBytesAsync(poster, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(again, TestContext.Current.CancellationToken));
        Assert.DoesNotContain("laid in", plain.Error, StringComparison.Ordinal);
        Assert.Equal(ImageFiles.Read(asIs).Pixels, ImageFiles.Read(asIsAgain).Pixels);
        Assert.Equal(ExitCodes.Invalid, both.ExitCode);
    }

    [Fact]
    public async Task Layers_that_are_given_win_over_the_words_of_the_prompt()
    {
        string poster = _folder.File("poster.png");
        string layers = Document("""{ "layers": [ { "id": "mine", "text": "PEARS", "region": { "box": [8, 8, 100, 40] } } ] }""");

        var drawn = await CliRun.StartAsync("generate", "a poster \"APPLES\"", "--steps", "1", "--seed", "3", "--quiet", "--text", layers, "--out", poster);
        var shown = await CliRun.StartAsync("text", "edit", poster, "--show");

        Assert.True(drawn.ExitCode == 0, drawn.Error);
        Assert.Contains("PEARS", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("APPLES", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_that_does_not_come_out_gets_other_pictures_where_the_seed_is_open()
    {
        string free = _folder.File("free.png"), given = _folder.File("given.png");
        // the model's ground is nearly white
        string layers = Document("""{ "layers": [ { "id": "pale", "text": "HI", "region": { "box": [8, 8, 112, 112] }, "color": "#fdfdfd" } ] }""");
        string[] draw = ["generate", "a red apple in noto style", "--steps", "1", "--quiet", "--text", layers];

        var drawn = await CliRun.StartAsync([.. draw, "--out", free]);
        var once = await CliRun.StartAsync([.. draw, "--seed", "3", "--out", given]);

        Assert.Equal((0, 0), (drawn.ExitCode, once.ExitCode));
        Assert.Contains("another picture is drawn, with seed", drawn.Error, StringComparison.Ordinal);
        Assert.Contains("note: text layer pale: its contrast", drawn.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("another picture", once.Error, StringComparison.Ordinal);
        Assert.Contains("note: text layer pale: its contrast", once.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(free) && File.Exists(given));
    }

    [Fact]
    public async Task Fonts_are_listed_and_a_file_that_is_none_is_not_added()
    {
        var list = await CliRun.StartAsync("fonts", "list");
        var add = await CliRun.StartAsync("fonts", "add", _folder.File("none.ttf"));

        Assert.Contains("Noto Naskh Arabic: Regular, Bold (bundled)", list.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Invalid, add.ExitCode);
    }

    public void Dispose() => _folder.Dispose();

    private string Document(string json)
    {
        string path = _folder.File($"layers-{json.Length}.json");
        File.WriteAllText(path, json);
        return path;
    }

    private string Photo(int width, int height)
    {
        byte[] pixels = new byte[width * height * 3];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(120 + i * 7 % 90);
        string path = _folder.File("photo.png");
        AtomicFile.Write(path, ImageFiles.EncodePng(new RasterImage(width, height, 3, pixels)));
        return path;
    }
}
