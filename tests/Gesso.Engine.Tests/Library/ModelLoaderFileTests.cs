using Gesso.Contracts.Errors;
using Gesso.Engine.Library;
using Gesso.Formats;
using Gesso.Models.T5;
using Gesso.Testing;

namespace Gesso.Engine.Tests.Library;

/// <summary>Single files, with and without what completes them.</summary>
public sealed class ModelLoaderFileTests(TinyEngine tiny) : IClassFixture<TinyEngine>
{
    private static readonly TinyModel Tiny = new();

    private CompanionFiles FromFolder => new()
    {
        Clip = Path.Combine(tiny.Dev, "text_encoder"),
        T5 = Path.Combine(tiny.Dev, "text_encoder_2"),
        AutoEncoder = Path.Combine(tiny.Dev, "vae"),
        Tokenizers = tiny.Dev,
    };

    [Fact]
    public void A_transformer_without_companions_names_the_options()
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        string path = Tiny.TransformerWeights().WriteSafetensors(folder.At("flux.safetensors"));

        string message = Refusal.Of("companion_missing", () => TinyModel.Open(path));

        Assert.Contains($"{path} holds only the transformer", message);
        Assert.All(["--clip", "--t5", "--autoencoder"], option => Assert.Contains(option, message));

        // only what is missing is asked for
        Tiny.ClipWeights().WriteSafetensors(folder.At("clip_l.safetensors"));
        string rest = Refusal.Of("companion_missing", () => TinyModel.Open(path));
        Assert.DoesNotContain("--clip", rest);
        Assert.Contains("--t5", rest);
    }

    [Theory]
    [InlineData("--clip")]
    [InlineData("--t5")]
    [InlineData("--autoencoder")]
    [InlineData("--tokenizers")]
    public void A_companion_that_is_not_there_is_named_by_its_option(string option)
    {
        using var folder = new TestFolder();
        string path = Tiny.TransformerWeights().WriteSafetensors(folder.At("flux.safetensors")), missing = folder.At("missing");
        var companions = option switch
        {
            "--clip" => FromFolder with { Clip = missing },
            "--t5" => FromFolder with { T5 = missing },
            "--autoencoder" => FromFolder with { AutoEncoder = missing },
            _ => FromFolder with { Tokenizers = missing },
        };

        Assert.Contains($"{option} {missing}", Refusal.Of("file_not_found", () => TinyModel.Open(new ModelSource { Path = path, Companions = companions })));
    }

    [Fact]
    public void A_companion_of_another_width_is_refused_by_its_option()
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        string path = Tiny.TransformerWeights().WriteSafetensors(folder.At("flux.safetensors"));
        string other = new TinyModel { Context = 48, Pooled = 32, LatentChannels = 8 }.WriteFolder(folder.At("other"));
        foreach (var (companions, option) in new[]
        {
            (FromFolder with { Clip = Path.Combine(other, "text_encoder") }, "--clip"),
            (FromFolder with { T5 = Path.Combine(other, "text_encoder_2") }, "--t5"),
            (FromFolder with { AutoEncoder = Path.Combine(other, "vae") }, "--autoencoder"),
        })
        {
            Assert.Contains(option, Refusal.Of("companion_mismatch", () => TinyModel.Open(new ModelSource { Path = path, Companions = companions })));
        }
    }

    [Fact]
    public void A_companion_that_is_something_else_is_refused()
    {
        using var folder = new TestFolder();
        string path = Tiny.TransformerWeights().WriteSafetensors(folder.At("flux.safetensors"));
        Tiny.WriteTokenizers(folder.At("tokenizers"));
        void Expect(string code, CompanionFiles companions) => Refusal.Of(code, () =>
            TinyModel.Open(new ModelSource { Path = path, Companions = companions with { Tokenizers = folder.At("tokenizers") } }));

        Expect("not_a_clip", FromFolder with { Clip = Tiny.T5Weights().WriteSafetensors(folder.At("x1.safetensors")) });
        Expect("not_a_t5", FromFolder with { T5 = Tiny.ClipWeights().WriteSafetensors(folder.At("x2.safetensors")) });
        Expect("not_an_autoencoder", FromFolder with { AutoEncoder = Tiny.ClipWeights().WriteSafetensors(folder.At("x3.safetensors")) });

        // where configurations are given the names are compared at first use
        var wrong = new ModelSource { Path = path, Companions = FromFolder with { Clip = folder.At("x1.safetensors") } };
        Assert.Contains("CLIP text encoder", Refusal.Of("weights_mismatch", () => TinyEngine.Draw(wrong, TinyEngine.Request)));
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData("clip", "clip", "vae")]
    [InlineData("text_encoders", "text_encoders", "vae")]
    [InlineData("../clip", "../text_encoders", "../vae")]
    public void Companions_are_found_where_other_programs_keep_them(string clip, string t5, string vae)
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        string In(string sub, string name) => Path.Combine(Directory.CreateDirectory(folder.At("models", sub)).FullName, name);
        string path = Tiny.TransformerWeights().WriteSafetensors(In("", "flux.safetensors"));
        Tiny.ClipWeights().WriteSafetensors(In(clip, "clip_l.safetensors"));
        Tiny.T5Weights().WriteSafetensors(In(t5, "t5xxl_fp16.safetensors"));
        Tiny.LdmVae().WriteSafetensors(In(vae, "ae.safetensors"));

        byte[] picture = TinyEngine.Draw(new ModelSource { Path = path, Companions = new CompanionFiles { Tokenizers = tiny.Dev } }, TinyEngine.Request);

        Assert.Equal(TinyEngine.Draw(new ModelSource { Path = tiny.Dev }, TinyEngine.Request), picture);
    }

    [Fact]
    public void Files_that_only_have_the_right_name_are_passed_over()
    {
        using var folder = new TestFolder();
        string path = Tiny.TransformerWeights().WriteSafetensors(folder.At("flux.safetensors"));
        folder.Add("t5.safetensors", "no model at all"u8);
        Tiny.VaeWeights().WriteSafetensors(folder.At("clip.safetensors"));
        Tiny.T5Weights().InDialect(T5WeightMaps.LlamaCpp).WriteGguf(folder.At("t5-v1_1-xxl.gguf"));

        string message = Refusal.Of("companion_missing", () => TinyModel.Open(path));

        Assert.Contains("--clip", message);
        Assert.Contains("--autoencoder", message);
        Assert.DoesNotContain("--t5", message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Four_bits_of_bitsandbytes_draw_what_their_decoded_weights_draw(bool nested)
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        var file = FourBitContent.Of(Tiny.TransformerWeights(), nested);
        ModelSource Single(FileContent content, string name) => new() { Path = content.WriteSafetensors(folder.At(name)), Companions = FromFolder };
        ModelSource Folder(Func<FourBitContent, FileContent> choose, string name)
        {
            string copy = folder.Copy(tiny.Dev, name);
            foreach (string part in (string[])["transformer/diffusion_pytorch_model.safetensors", "text_encoder_2/model.safetensors"])
            {
                string path = Path.Combine(copy, part);
                choose(FourBitContent.Of(FileContent.Read(path), nested)).WriteSafetensors(path);
            }
            return new ModelSource { Path = copy };
        }
        byte[] Draw(ModelSource source) => TinyEngine.Draw(source, TinyEngine.Request);

        Assert.Equal(Draw(Single(file.Decoded, "decoded.safetensors")), Draw(Single(file.Packed, "nf4.safetensors")));
        byte[] drawn = Draw(Folder(c => c.Packed, "nf4"));
        Assert.Equal(Draw(Folder(c => c.Decoded, "decoded")), drawn);
        Assert.NotEqual(Draw(new ModelSource { Path = tiny.Dev }), drawn);
    }

    [Fact]
    public void An_all_in_one_file_draws_what_its_folder_draws()
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        foreach (var (model, path) in new[] { (Tiny, tiny.Dev), (new TinyModel { Dev = false, TextLength = 256 }, tiny.Schnell) })
        {
            string file = model.WriteAllInOne(folder.At("all.safetensors"));
            var source = new ModelSource { Path = file, Companions = new CompanionFiles { Tokenizers = path } };
            using var opened = TinyModel.Open(source);

            Assert.Equal(("all", file, model.Dev), (opened.Card.Name, opened.Card.Path, opened.Card.TakesGuidance));
            Assert.Equal(TinyEngine.Draw(new ModelSource { Path = path }, TinyEngine.Request), TinyEngine.Draw(source, TinyEngine.Request));
        }
    }

    [Theory]
    [InlineData(StorageType.BF16, false)]
    [InlineData(StorageType.F16, false)]
    [InlineData(StorageType.F8E4M3, false)]
    [InlineData(StorageType.BF16, true)]
    [InlineData(StorageType.F16, true)]
    [InlineData(StorageType.Q8_0, true)]
    [InlineData(StorageType.Q4_0, true)]
    public void Transformers_of_every_precision_draw_nearly_the_same(StorageType type, bool gguf)
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        var content = Tiny.TransformerWeights().Stored(type);
        string path = gguf ? content.WriteGguf(folder.At("flux.gguf")) : content.WriteSafetensors(folder.At("flux.safetensors"));
        var exact = new ModelSource { Path = tiny.Dev };
        byte[] expected = TinyEngine.Draw(exact, TinyEngine.Request), other = TinyEngine.Draw(exact, TinyEngine.Request with { Seed = new(8) });

        byte[] picture = TinyEngine.Draw(new ModelSource { Path = path, Companions = FromFolder }, TinyEngine.Request);

        // random weights are bf16 numbers, which bf16 holds exactly and f16 but for the tiniest
        double bound = type is StorageType.BF16 ? 0 : type is StorageType.F16 ? 0.1 : Distance(expected, other) / 2;
        double distance = Distance(expected, picture);
        Assert.True(distance <= bound, $"off by {distance:0.00} levels, allowed {bound:0.00}; another seed is {Distance(expected, other):0.00} away");
    }

    [Fact]
    public void Encoders_may_be_quantised_too()
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        string path = Tiny.TransformerWeights().WriteSafetensors(folder.At("flux.safetensors"));
        string t5 = Tiny.T5Weights().InDialect(T5WeightMaps.LlamaCpp).Stored(StorageType.Q8_0).WriteGguf(folder.At("t5.gguf"));
        byte[] expected = TinyEngine.Draw(new ModelSource { Path = tiny.Dev }, TinyEngine.Request);

        byte[] picture = TinyEngine.Draw(new ModelSource { Path = path, Companions = FromFolder with { T5 = t5 } }, TinyEngine.Request);

        Assert.True(Distance(expected, picture) < 2);
    }

    [Fact]
    public void A_file_without_a_transformer_says_what_it_holds()
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();

        string message = Refusal.Of("not_a_model", () => TinyModel.Open(Tiny.VaeWeights().WriteSafetensors(folder.At("vae.safetensors"))));

        Assert.Contains("holds no FLUX.1 transformer", message);
        Assert.Contains("decoder.conv_in.bias", message);
    }

    [Fact]
    public void Axes_given_with_a_file_are_used()
    {
        using var folder = new TestFolder();
        string path = Tiny.TransformerWeights().WriteSafetensors(folder.At("flux.safetensors"));
        byte[] Draw(params int[]? axes) => TinyEngine.Draw(new ModelSource { Path = path, Companions = FromFolder, Axes = axes }, TinyEngine.Request);

        Assert.Equal(Draw(null), Draw(4, 14, 14));
        Assert.NotEqual(Draw(null), Draw(8, 12, 12));
        Refusal.Of("bad_config", () => Draw(4, 14, 15));
    }

    private static double Distance(byte[] a, byte[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Average();
}
