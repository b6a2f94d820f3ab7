using System.Drawing;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Ai;
using Gesso.Engine.Library;
using Gesso.Testing;
using Microsoft.Extensions.AI;

namespace Gesso.Engine.Tests.Ai;

public sealed class GessoImageGeneratorTests(TinyEngine tiny) : IClassFixture<TinyEngine>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static ImageGenerationOptions Options => new()
    {
        ImageSize = new Size(32, 24),
        AdditionalProperties = new AdditionalPropertiesDictionary { ["seed"] = 7, ["steps"] = 2, ["text_length"] = 16 },
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pictures_are_those_of_the_engine_with_their_seeds()
    {
        using var generator = Load();
        var options = Options;
        options.Count = 2;

        var response = await generator.GenerateImagesAsync("a red box", options, Stop);

        var expected = Expected(TinyEngine.Request with { Count = 2 });
        var contents = response.Contents.Cast<DataContent>().ToList();
        Assert.Equal([7L, 8L], contents.Select(c => c.AdditionalProperties!["seed"]));
        Assert.All(contents, c => Assert.Equal("image/png", c.MediaType));
        Assert.Equal(expected.Select(r => r.Picture.Pixels), contents.Select(c => Decode(c).Pixels));
        var raw = Assert.IsType<LocalGeneration>(response.RawRepresentation);
        Assert.Equal(2, raw.Plan.Request.Steps);
        Assert.Equal(expected.Select(r => r.Picture.Pixels), raw.Results.Select(r => r.Picture.Pixels));
    }

    [Fact]
    public async Task Original_picture_and_mask_are_redrawn_as_the_engine_redraws_them()
    {
        using var generator = Load();
        var picture = Pictures.Gradient(32, 24);
        var mask = Pictures.Grey(32, 24, (x, _) => x < 16 ? 0 : 255);
        var options = Options;
        options.AdditionalProperties!["strength"] = 0.8;
        options.AdditionalProperties!["mask"] = mask;

        var response = await generator.EditImageAsync(new DataContent(ImageFiles.EncodePng(picture), "image/png"), "a red box", options, Stop);

        var expected = Expected(TinyEngine.Request with { InitImage = picture, Strength = 0.8, Mask = mask }).Single();
        Assert.Equal(expected.Picture.Pixels, Decode(Assert.Single(response.Contents)).Pixels);
    }

    [Theory]
    [InlineData("image/png")]
    [InlineData("image/jpeg")]
    [InlineData("image/webp")]
    public async Task Pictures_come_in_the_type_that_was_asked_for(string type)
    {
        using var generator = Load();
        var options = Options;
        options.MediaType = type;
        options.AdditionalProperties!["output_compression"] = 60;

        var content = (DataContent)Assert.Single((await generator.GenerateImagesAsync("a red box", options, Stop)).Contents);

        Assert.Equal(type, content.MediaType);
        Assert.Equal(new ImageSize(32, 24), Decode(content).Size);
    }

    [Fact]
    public async Task Callers_of_many_threads_each_get_their_picture()
    {
        using var generator = Load();
        var calls = Enumerable.Range(0, 12).Select(i => Task.Run(
            async () =>
            {
                var options = Options;
                options.AdditionalProperties!["seed"] = i;
                return Decode((await generator.GenerateImagesAsync("a red box", options, Stop)).Contents[0]).Pixels;
            },
            Stop)).ToList();

        byte[][] pictures = await Task.WhenAll(calls).WaitAsync(Patience, Stop);

        var expected = Expected(TinyEngine.Request with { Seed = new Seed(0), Count = 12 });
        Assert.Equal(expected.Select(r => r.Picture.Pixels), pictures);
    }

    [Fact]
    public async Task Cancelled_calls_end_at_once_and_those_behind_them_are_served()
    {
        using var generator = Load();
        using var cancellation = new CancellationTokenSource();
        var endless = Options;
        endless.AdditionalProperties!["steps"] = 1000;
        endless.Count = 1000;
        var running = generator.GenerateImagesAsync("a red box", endless, cancellation.Token);
        var waiting = generator.GenerateImagesAsync("a red box", endless, cancellation.Token);
        var behind = generator.GenerateImagesAsync("a red box", Options, Stop);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience, Stop));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience, Stop));
        Assert.Single((await behind.WaitAsync(Patience, Stop)).Contents);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => generator.GenerateImagesAsync("a red box", Options, cancellation.Token));
    }

    [Fact]
    public async Task Disposing_stops_the_picture_in_the_making_and_turns_away_the_others()
    {
        var generator = Load();
        var endless = Options;
        endless.AdditionalProperties!["steps"] = 1000;
        endless.Count = 1000;
        Task[] calls = [.. Enumerable.Range(0, 3).Select(_ => generator.GenerateImagesAsync("a red box", endless, Stop))];

        generator.Dispose();
        generator.Dispose();

        foreach (var call in calls.Append(generator.GenerateImagesAsync("a red box", Options, Stop)))
            await Assert.ThrowsAsync<ObjectDisposedException>(() => call.WaitAsync(Patience, Stop));
        var engine = Assert.IsType<ImageEngine>(generator.GetService(typeof(ImageEngine)));
        Assert.Throws<ObjectDisposedException>(() => engine.Plan(TinyEngine.Request));
    }

    [Fact]
    public async Task Failed_call_leaves_the_generator_as_it_was()
    {
        using var generator = Load();
        var options = Options;
        options.AdditionalProperties!["steps"] = 0;

        var error = await Assert.ThrowsAsync<Contracts.Errors.GessoException>(() => generator.GenerateImagesAsync("a red box", options, Stop));

        Assert.Equal("Steps: expected 1 to 1000, got 0.", error.Message);
        Assert.Single((await generator.GenerateImagesAsync("a red box", Options, Stop)).Contents);
    }

    [Fact]
    public void Services_are_metadata_engine_and_the_generator()
    {
        using var generator = Load();

        var metadata = Assert.IsType<ImageGeneratorMetadata>(generator.GetService(typeof(ImageGeneratorMetadata)));
        Assert.Equal(("gesso", "dev"), (metadata.ProviderName, metadata.DefaultModelId));
        Assert.Equal("dev", generator.GetService<ImageEngine>()!.Card.Name);
        Assert.Same(generator, generator.GetService<GessoImageGenerator>());
        Assert.Same(generator, generator.GetService<IImageGenerator>());
        Assert.Null(generator.GetService(typeof(string)));
        Assert.Null(generator.GetService(typeof(ImageEngine), "other"));
    }

    [Fact]
    public void Model_that_is_not_there_is_refused_when_loading() =>
        Refusal.Of("not_a_model", () => GessoImageGenerator.Load(new ModelSource { Path = Path.GetTempPath() }, new EngineOptions { Device = "cpu" }));

    private GessoImageGenerator Load() => GessoImageGenerator.Load(new ModelSource { Path = tiny.Dev }, new EngineOptions { Device = "cpu" });

    private List<ImageResult> Expected(ImageRequest request)
    {
        using var engine = TinyEngine.Load(tiny.Dev);
        return TinyEngine.Draw(engine, request);
    }

    private static RasterImage Decode(AIContent content) => ImageFiles.Decode(Assert.IsType<DataContent>(content).Data.ToArray(), "picture");
}
