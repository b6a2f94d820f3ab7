using System.Drawing;
using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Ai;
using Gesso.Testing;
using Microsoft.Extensions.AI;

namespace Gesso.Engine.Tests.Ai;

public sealed class ImageGeneratorMappingTests
{
    private static readonly DataContent Picture = new(ImageFiles.EncodePng(Pictures.Gradient(32, 24)), "image/png");

    [Fact]
    public void Nothing_said_leaves_everything_to_the_model()
    {
        var call = Read("a box");

        Assert.Equal(new ImageRequest { Prompt = "a box" }, call.Request);
        Assert.Equal((ImageFileType.Png, 100), (call.Type, call.Quality));
    }

    [Fact]
    public void Members_and_keys_arrive()
    {
        var call = Read("a box", new ImageGenerationOptions
        {
            Count = 3,
            ImageSize = new Size(64, 32),
            MediaType = "IMAGE/WEBP",
            ModelId = "Tiny",
            ResponseFormat = ImageGenerationResponseFormat.Data,
            AdditionalProperties = new AdditionalPropertiesDictionary
            {
                ["seed"] = long.MaxValue,
                ["steps"] = (short)5,
                ["guidance"] = 2.5f,
                ["true_guidance"] = 3m,
                ["negative_prompt"] = "ugly",
                ["prompt_2"] = "another",
                ["strength"] = 1,
                ["sampler"] = "unipc",
                ["text_length"] = 20,
                ["Parity"] = "BFL",
                ["output_compression"] = 80,
            },
        });

        Assert.Equal(
            new ImageRequest
            {
                Prompt = "a box",
                Prompt2 = "another",
                NegativePrompt = "ugly",
                Count = 3,
                Size = new ImageSize(64, 32),
                Seed = new Seed(long.MaxValue),
                Steps = 5,
                Guidance = 2.5,
                TrueGuidance = 3,
                Strength = 1,
                Sampler = "unipc",
                TextLength = 20,
                Parity = ParityMode.Bfl,
            },
            call.Request);
        Assert.Equal((ImageFileType.Webp, 80), (call.Type, call.Quality));
    }

    [Fact]
    public void Options_that_came_as_json_arrive()
    {
        var options = new ImageGenerationOptions
        {
            AdditionalProperties = new AdditionalPropertiesDictionary
            {
                ["seed"] = JsonElement.Parse("7"),
                ["guidance"] = JsonElement.Parse("2.5"),
                ["sampler"] = JsonElement.Parse("\"unipc\""),
                ["steps"] = null,
            },
        };

        Assert.Equal(new ImageRequest { Prompt = "a box", Seed = new Seed(7), Guidance = 2.5, Sampler = "unipc" }, Read("a box", options).Request);
    }

    [Fact]
    public void Record_of_ours_is_the_base_and_what_the_options_say_comes_on_top()
    {
        var own = new ImageRequest { Prompt = "a box", Steps = 9, Seed = new Seed(1), Size = new ImageSize(16, 16), Count = 4 };
        var options = new ImageGenerationOptions
        {
            ImageSize = new Size(64, 32),
            RawRepresentationFactory = _ => own,
            AdditionalProperties = new AdditionalPropertiesDictionary { ["seed"] = 2 },
        };

        Assert.Equal(own with { Prompt = "a ball", Size = new ImageSize(64, 32), Seed = new Seed(2) }, Read("a ball", options).Request);
        Assert.Equal("a box", Read(null, options).Request.Prompt);
    }

    [Fact]
    public void Records_of_other_generators_are_passed_over() =>
        Assert.Equal(new ImageRequest { Prompt = "a box" }, Read("a box", new ImageGenerationOptions { RawRepresentationFactory = _ => "something" }).Request);

    [Fact]
    public void Masks_redraw_what_is_white_or_where_they_have_alpha_what_is_transparent()
    {
        RasterImage Mask(object value) => Read("a box", With("mask", value), Picture).Request.Mask!;
        var white = Pictures.Grey(2, 1, (x, _) => x * 255);
        var transparent = new RasterImage(2, 1, 4, [255, 255, 255, 255, 0, 0, 0, 0]);

        Assert.Same(white, Mask(white));
        Assert.Equal(white.Pixels, Mask(transparent).Pixels);
        Assert.Equal(white.Pixels, Mask(ImageFiles.EncodePng(transparent)).Pixels);
        Assert.Equal(white.Pixels, Mask(new DataContent(ImageFiles.EncodePng(transparent), "image/png")).Pixels);
    }

    [Fact]
    public void Adapters_are_named_in_every_usual_form()
    {
        using var folder = new TestFolder();
        string a = new FileContent().Add("x", [1], 1).WriteSafetensors(folder.At("a.safetensors")), b = new FileContent().Add("x", [1], 1).WriteSafetensors(folder.At("b.safetensors"));
        object[] forms =
        [
            $"{a}:0.8, {b}",
            new[] { $"{a}:0.8", b },
            new[] { new ImageAdapter(a, 0.8), new ImageAdapter(b) },
            JsonElement.Parse($$"""[{"name":"{{a}}","weight":0.8},"{{b}}"]"""),
        ];

        Assert.All(forms, form => Assert.Equal([new ImageAdapter(a, 0.8), new ImageAdapter(b)], Read("a box", With("adapters", form)).Request.Adapters));
        Assert.Contains("no adapter \"nothing\"", Refusal.Of("adapter_not_found", () => Read("a box", With("adapters", "nothing:0.5"))));
    }

    [Fact]
    public void Misspelt_key_is_refused_with_those_that_exist()
    {
        string message = Refusal.Of("unknown_option", () => Read("a box", With("sede", 7)));

        Assert.Contains("\"sede\"", message);
        Assert.All(ImageGeneratorKeys.All, key => Assert.Contains(key, message));
    }

    /// <summary>A key, a value of the wrong kind, and a part of the sentence that refuses it.</summary>
    public static TheoryData<string, object, string> Wrong => new()
    {
        { "seed", "seven", "seed: expected a whole number, got \"seven\"." },
        { "seed", 7.5, "seed: expected a whole number, got \"7.5\"." },
        { "seed", JsonElement.Parse("7.5"), "seed: expected a whole number" },
        { "steps", 1L << 40, "steps: expected a whole number of at most 32 bits" },
        { "guidance", "much", "guidance: expected a number" },
        { "guidance", JsonElement.Parse("true"), "guidance: expected a number" },
        { "sampler", 3, "sampler: expected text, got \"3\"." },
        { "parity", "mine", "parity: expected diffusers, bfl or comfy, got \"mine\"." },
        { "adapters", 7, "adapters: expected adapters such as" },
        { "mask", "file.png", "mask: expected a picture" },
        { "mask", new object(), "got Object." },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void Value_of_another_kind_is_refused_by_its_key(string key, object value, string part) =>
        Assert.Contains(part, Refusal.Of("bad_option", () => Read("a box", With(key, value), Picture)));

    [Fact]
    public void What_local_generation_does_not_do_is_refused_by_name()
    {
        Assert.Contains("holds tiny", Refusal.Of("model_not_loaded", () => Read("a box", new ImageGenerationOptions { ModelId = "other" })));
        Assert.Contains("image/webp, got \"image/gif\"", Refusal.Of("unsupported_media_type", () => Read("a box", new ImageGenerationOptions { MediaType = "image/gif" })));
        Refusal.Of("unsupported_response_format", ErrorKind.Refused, () => Read("a box", new ImageGenerationOptions { ResponseFormat = ImageGenerationResponseFormat.Uri }));
        Refusal.Of("no_prompt", () => Read(""));
        Refusal.Of("several_originals", ErrorKind.Refused, () => Read("a box", null, Picture, Picture));
        Assert.Contains("https://", Refusal.Of("picture_by_address", ErrorKind.Refused, () => Read("a box", null, new UriContent("https://example.org/a.png", "image/png"))));
        Assert.Contains("got TextContent", Refusal.Of("bad_original", () => Read("a box", null, new TextContent("a cat"))));
        Assert.Contains("mask", Refusal.Of("not_an_image", () => Read("a box", With("mask", new byte[10]), Picture)));
    }

    private static ImageGenerationOptions With(string key, object value) => new() { AdditionalProperties = new AdditionalPropertiesDictionary { [key] = value } };

    private static ImageGeneratorCall Read(string? prompt, ImageGenerationOptions? options = null, params AIContent[] originals) =>
        ImageGeneratorMapping.Read(new ImageGenerationRequest(prompt!, originals), options, new Unused(), "tiny");

    /// <summary>What factories are given.</summary>
    private sealed class Unused : IImageGenerator
    {
        public Task<ImageGenerationResponse> GenerateAsync(ImageGenerationRequest request, ImageGenerationOptions? options, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey) => null;

        public void Dispose()
        {
        }
    }
}
