using Gesso.Contracts.Errors;
using Gesso.Engine.Library;
using Gesso.Models.Flux;
using Gesso.Testing;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;

namespace Gesso.Engine.Tests.Library;

/// <summary>Diffusers folders, whole and broken.</summary>
public sealed class ModelLoaderFolderTests(TinyEngine tiny) : IClassFixture<TinyEngine>
{
    private const string ClipSizes =
        "\"hidden_size\": 64, \"num_hidden_layers\": 1, \"intermediate_size\": 32, \"vocab_size\": 514, \"max_position_embeddings\": 77}";

    private const string T5Sizes = "\"d_model\": 32, \"num_layers\": 2, \"d_kv\": 8, \"d_ff\": 32, \"vocab_size\": 71}";
    private const string Weights = "diffusion_pytorch_model.safetensors";

    /// <summary>Every file of weights in a folder.</summary>
    public static TheoryData<string> WeightFiles =>
        new("transformer/" + Weights, "text_encoder/model.safetensors", "text_encoder_2/model.safetensors", "vae/" + Weights);

    [Fact]
    public void The_card_tells_what_the_folder_holds()
    {
        using var leaks = new LeakCheck();
        using var openedDev = TinyModel.Open(tiny.Dev);
        using var openedSchnell = TinyModel.Open(tiny.Schnell);
        var (dev, schnell) = (openedDev.Card, openedSchnell.Card);

        Assert.Equal(("dev", "FLUX.1 dev", tiny.Dev, true, 512), (dev.Name, dev.Variant, dev.Path, dev.TakesGuidance, dev.MaxTextLength));
        Assert.Equal(("schnell", "FLUX.1 schnell", false, 256), (schnell.Name, schnell.Variant, schnell.TakesGuidance, schnell.MaxTextLength));
        Assert.Equal((28, 3.5, 512), (dev.Defaults.Steps, dev.Defaults.Guidance, dev.Defaults.TextLength));
        Assert.Equal((4, 0.0, 256), (schnell.Defaults.Steps, schnell.Defaults.Guidance, schnell.Defaults.TextLength));
        Assert.Equal(8, dev.PixelStep);
        Assert.Matches("^[0-9a-f]{64}$", dev.Fingerprint);
        Assert.NotEqual(dev.Fingerprint, schnell.Fingerprint);
    }

    [Fact]
    public void Opening_reads_no_weights()
    {
        using var leaks = new LeakCheck();
        using var opened = TinyModel.Open(tiny.Dev);

        Assert.False(opened.Model.Transformer.IsLoaded || opened.Model.Clip.IsLoaded || opened.Model.T5.IsLoaded || opened.Model.AutoEncoder.IsLoaded);
    }

    [Fact]
    public void A_path_that_is_not_there_is_named()
    {
        using var folder = new TestFolder();

        Assert.Contains(folder.At("nothing"), Refusal.Of("file_not_found", () => TinyModel.Open(folder.At("nothing"))));
    }

    [Fact]
    public void A_folder_that_is_no_model_is_told_what_one_has()
    {
        using var folder = new TestFolder();
        string empty = Refusal.Of("not_a_model", () => TinyModel.Open(folder.Path));
        Assert.Contains($"{folder.Path} is not a model folder: it has no model_index.json", empty);

        string copy = folder.Copy(tiny.Dev, "copy");
        File.Delete(Path.Combine(copy, "model_index.json"));
        Assert.Contains("model_index.json", Refusal.Of("not_a_model", () => TinyModel.Open(copy)));
    }

    [Theory]
    [InlineData("transformer")]
    [InlineData("text_encoder")]
    [InlineData("text_encoder_2")]
    [InlineData("vae")]
    [InlineData("tokenizer")]
    [InlineData("tokenizer_2")]
    public void A_missing_component_is_named(string component)
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        string copy = folder.Copy(tiny.Dev, "copy");
        Directory.Delete(Path.Combine(copy, component), recursive: true);

        var error = Assert.ThrowsAny<GessoException>(() => TinyModel.Open(copy));

        Assert.Equal(ErrorKind.InvalidRequest, error.Kind);
        Assert.Contains(Path.Combine(copy, component), error.Message);
    }

    [Fact]
    public void A_missing_scheduler_means_the_published_schedule()
    {
        using var folder = new TestFolder();
        string copy = folder.Copy(tiny.Dev, "copy");
        Directory.Delete(Path.Combine(copy, "scheduler"), recursive: true);
        using var whole = TinyModel.Open(tiny.Dev);
        using var without = TinyModel.Open(copy);

        Assert.Equal(whole.Model.Shift, without.Model.Shift);
    }

    [Theory]
    [MemberData(nameof(WeightFiles))]
    public void Truncated_weights_are_refused_when_the_model_is_opened(string file)
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        string copy = folder.Copy(tiny.Dev, "copy"), path = Path.Combine(copy, file);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length * 2 / 3)]);

        Assert.Contains(path, Refusal.Of("file_truncated", () => TinyModel.Open(copy)));
    }

    [Theory]
    [MemberData(nameof(WeightFiles))]
    public void Weights_of_no_known_format_are_refused(string file)
    {
        using var folder = new TestFolder();
        string copy = folder.Copy(tiny.Dev, "copy"), path = Path.Combine(copy, file);
        File.WriteAllText(path, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");

        Assert.Contains(path, Refusal.Of("git_lfs_pointer", () => TinyModel.Open(copy)));
    }

    [Theory]
    [MemberData(nameof(WeightFiles))]
    public void Tensors_that_do_not_fit_are_told_at_first_use(string file)
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        string copy = folder.Copy(tiny.Dev, "copy"), path = Path.Combine(copy, file);
        var content = FileContent.Read(path);
        string name = content.Tensors.Keys.Last(k => k.EndsWith(".weight", StringComparison.Ordinal));
        content.Remove(name).Add("something.else", [1], 0).WriteSafetensors(path);
        using var engine = TinyEngine.Load(copy);

        string message = Refusal.Of("weights_mismatch", () => TinyEngine.Draw(engine, TinyEngine.Request));

        Assert.Contains(path, message);
        Assert.Contains(name, message);
        Assert.Contains("something.else", message);
    }

    [Theory]
    [InlineData("transformer", "{")]
    [InlineData("text_encoder", "[1, 2]")]
    [InlineData("text_encoder_2", "")]
    [InlineData("vae", "{\"block_out_channels\": 3}")]
    [InlineData("transformer", "{\"axes_dims_rope\": \"many\"}")]
    [InlineData("transformer", "{\"num_attention_heads\": 2.5}")]
    [InlineData("transformer", "{\"num_attention_heads\": 0}")]
    [InlineData("transformer", "{\"num_attention_heads\": 2, \"attention_head_dim\": 32, \"axes_dims_rope\": [1, 2]}")]
    [InlineData("text_encoder", "{\"hidden_size\": 64}")]
    [InlineData("text_encoder", "{\"num_attention_heads\": 0, " + ClipSizes)]
    [InlineData("text_encoder", "{\"num_attention_heads\": 5, " + ClipSizes)]
    [InlineData("text_encoder_2", "{\"num_heads\": 0, " + T5Sizes)]
    [InlineData("text_encoder_2", "{\"num_heads\": 2, \"relative_attention_num_buckets\": 1, " + T5Sizes)]
    public void A_damaged_configuration_is_refused_by_its_file(string component, string json)
    {
        using var folder = new TestFolder();
        string copy = folder.Copy(tiny.Dev, "copy"), path = Path.Combine(copy, component, "config.json");
        File.WriteAllText(path, json);

        Assert.Contains(path, Refusal.Of("bad_config", () => TinyModel.Open(copy)));
    }

    [Theory]
    [InlineData("model_index.json", "[]")]
    [InlineData("model_index.json", "{\"_class_name\": 7}")]
    [InlineData("scheduler/scheduler_config.json", "nothing")]
    public void Other_damaged_files_are_refused_too(string file, string json)
    {
        using var folder = new TestFolder();
        string copy = folder.Copy(tiny.Dev, "copy");
        File.WriteAllText(Path.Combine(copy, file), json);

        Assert.Contains(Path.Combine(copy, file), Refusal.Of("bad_config", () => TinyModel.Open(copy)));
    }

    [Theory]
    [InlineData("FluxFillPipeline", "Fill")]
    [InlineData("FluxKontextPipeline", "Kontext")]
    [InlineData("FluxPriorReduxPipeline", "Redux")]
    [InlineData("Flux2Pipeline", "FLUX.2 dev")]
    [InlineData("Flux2KleinPipeline", "FLUX.2 klein")]
    [InlineData("ChromaPipeline", "Chroma")]
    [InlineData("StableDiffusionXLPipeline", "made for StableDiffusionXLPipeline")]
    [InlineData("", "made for an unknown pipeline")]
    public void Folders_of_other_pipelines_are_refused_by_their_name(string pipeline, string what)
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.At("model_index.json"), $$"""{"_class_name": "{{pipeline}}"}""");

        string message = Refusal.Of("unsupported_model", ErrorKind.Refused, () => TinyModel.Open(folder.Path));

        Assert.Contains(folder.Path, message);
        Assert.Contains(what, message);
    }

    [Theory]
    [InlineData(6, "Fill")]
    public void A_transformer_that_takes_more_is_refused_whatever_the_index_says(int widths, string what)
    {
        using var folder = new TestFolder();
        string copy = folder.Copy(tiny.Dev, "copy"), path = Path.Combine(copy, "transformer", "config.json");
        var config = new TinyModel().Transformer;
        string channels = $"\"in_channels\":{widths * config.OutChannels},\"out_channels\":{config.OutChannels}";
        File.WriteAllText(path, File.ReadAllText(path).Replace($"\"in_channels\":{config.InChannels}", channels, StringComparison.Ordinal));

        Assert.Contains(what, Refusal.Of("unsupported_model", ErrorKind.Refused, () => TinyModel.Open(copy)));
    }

    [Fact]
    public void Components_of_other_widths_are_refused_by_both_numbers()
    {
        using var folder = new TestFolder();
        string copy = folder.Copy(tiny.Dev, "copy");
        string other = new TinyModel { Context = 48, Pooled = 32, LatentChannels = 8 }.WriteFolder(folder.At("other"));
        foreach (var (component, what, expected, got) in new[]
        {
            ("text_encoder_2", "T5 encoder", 32, 48), ("text_encoder", "CLIP encoder", 64, 32), ("vae", "autoencoder", 4, 8),
        })
        {
            string mixed = folder.Copy(copy, $"mixed {component}");
            Directory.Delete(Path.Combine(mixed, component), recursive: true);
            folder.Copy(Path.Combine(other, component), Path.Combine($"mixed {component}", component));
            Assert.Contains($"needs a {what} of width {expected}, the one found has {got}", Refusal.Of("companion_mismatch", () => TinyModel.Open(mixed)));
        }
    }

    [Fact]
    public void Weights_may_have_names_of_Bfl_or_lie_in_shards_or_in_gguf()
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        byte[] expected = TinyEngine.Draw(new ModelSource { Path = tiny.Dev }, TinyEngine.Request);
        var weights = new TinyModel().TransformerWeights();

        string bfl = folder.Copy(tiny.Dev, "bfl");
        weights.WriteSafetensors(Path.Combine(bfl, "transformer", Weights));
        Assert.Equal(expected, TinyEngine.Draw(new ModelSource { Path = bfl }, TinyEngine.Request));

        string gguf = folder.Copy(tiny.Dev, "gguf");
        File.Delete(Path.Combine(gguf, "transformer", Weights));
        weights.WriteGguf(Path.Combine(gguf, "transformer", "flux.gguf"));
        Assert.Equal(expected, TinyEngine.Draw(new ModelSource { Path = gguf }, TinyEngine.Request));

        string shards = folder.Copy(tiny.Dev, "shards");
        WriteShards(FileContent.Read(Path.Combine(shards, "transformer", Weights)), Path.Combine(shards, "transformer"));
        File.Delete(Path.Combine(shards, "transformer", Weights));
        Assert.Equal(expected, TinyEngine.Draw(new ModelSource { Path = shards }, TinyEngine.Request));
    }

    [Fact]
    public void Several_files_of_weights_are_no_obvious_choice()
    {
        using var folder = new TestFolder();
        string copy = folder.Copy(tiny.Dev, "copy"), transformer = Path.Combine(copy, "transformer");
        File.Move(Path.Combine(transformer, Weights), Path.Combine(transformer, "a.safetensors"));
        File.Copy(Path.Combine(transformer, "a.safetensors"), Path.Combine(transformer, "b.safetensors"));

        string message = Refusal.Of("file_not_found", () => TinyModel.Open(copy));

        Assert.Contains("a.safetensors, b.safetensors", message);
    }

    [Fact]
    public void A_loader_that_failed_or_went_on_does_not_touch_what_it_opened_before()
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        var loader = new ModelLoader(ComputeTarget.Cpu, _ => LinearStorage.Compact);
        using var first = loader.Open(new ModelSource { Path = tiny.Dev });
        string incomplete = folder.Copy(tiny.Dev, "incomplete");
        Directory.Delete(Path.Combine(incomplete, "vae"), recursive: true);

        Assert.ThrowsAny<GessoException>(() => loader.Open(new ModelSource { Path = incomplete }));
        loader.Open(new ModelSource { Path = tiny.Schnell }).Dispose();

        // the first model's files are still open
        Assert.Equal(first.Model.TransformerConfig.Hidden, first.Model.Transformer.Use().Config.Hidden);
    }

    private static void WriteShards(FileContent content, string folder)
    {
        var parts = new[] { new FileContent(), new FileContent() };
        List<string> map = [];
        foreach (var (name, tensor) in content.Tensors)
        {
            int shard = map.Count % 2;
            parts[shard].Add(name, tensor.Type, tensor.Shape, tensor.Bytes);
            map.Add($"\"{name}\": \"model-{shard}.safetensors\"");
        }
        for (int i = 0; i < parts.Length; i++)
            parts[i].WriteSafetensors(Path.Combine(folder, $"model-{i}.safetensors"));
        File.WriteAllText(Path.Combine(folder, Weights + ".index.json"), "{\"metadata\": {}, \"weight_map\": {" + string.Join(", ", map) + "}}");
    }
}
