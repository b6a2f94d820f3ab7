using Gesso.Contracts.Errors;
using Gesso.Engine.Library.Inspection;
using Gesso.Formats;
using Gesso.Testing;

namespace Gesso.Engine.Tests.Library;

/// <summary>Every model, file and adapter of every golden folder is recognised; none is named here.</summary>
public sealed class ModelInspectorTests
{
    public static TheoryData<string> Files
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (var folder in GoldenFolder.All)
            {
                foreach (string sub in new[] { "layouts", "lora" }.Select(s => Path.Combine(folder.Root, s)).Where(Directory.Exists))
                    data.AddRange(Directory.GetFiles(sub));
            }
            return data;
        }
    }

    public static TheoryData<string> Folders
    {
        get
        {
            var data = new TheoryData<string>(Path.Combine(GoldenFolder.Checkout, "models", "gesso-mini"));
            foreach (string models in GoldenFolder.All.Select(f => Path.Combine(f.Root, "models")).Where(Directory.Exists))
                data.AddRange(Directory.GetDirectories(models));
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void File_is_recognised_and_its_sums_add_up(string path)
    {
        var report = ModelInspector.Inspect(path);
        using var file = TensorFiles.Open(path);
        Assert.NotEqual("unknown", report.What);
        Assert.Equal(file.Tensors.Values.Sum(t => t.Elements), report.Parameters);
        Assert.Equal(file.Tensors.Values.Sum(t => t.ByteLength), report.Bytes);
        Assert.All(report.Components, c => Assert.Equal(c.Bytes, c.Types.Sum(t => t.Bytes)));
        bool adapter = Path.GetFileName(Path.GetDirectoryName(path)) == "lora";
        Assert.False(adapter && report.Runs);
        Assert.Equal(adapter, report.Remark?.StartsWith("an adapter", StringComparison.Ordinal) ?? false);
        Assert.DoesNotContain("no known trainer", report.What);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Folder_is_recognised_and_what_runs_has_memory_options(string path)
    {
        var report = ModelInspector.Inspect(path);
        Assert.Equal("diffusers folder", report.Container);
        Assert.NotEmpty(report.Components);
        Assert.Equal(report.Runs, report.Remark is null);
        Assert.Equal(report.Runs, report.Memory.Count > 0);
        // expanded weights never need less than weights as stored
        if (report.Runs)
            Assert.True(report.Memory[0].Bytes <= report.Memory[1].Bytes + (1L << 30));
    }

    [Fact]
    public void Parameters_of_the_transformer_are_those_its_shape_tells()
    {
        foreach (string path in Folders.Select(row => row.Data).Where(path => ModelInspector.Inspect(path).Runs))
        {
            using var opened = TinyModel.Open(path);
            Assert.Equal(opened.Model.Transformer.Shape.Elements, ModelInspector.Inspect(path).Components.Single(c => c.Name == "transformer").Parameters);
        }
    }

    [Fact]
    public void What_is_no_model_is_a_typed_error()
    {
        Assert.Throws<TensorFileException>(() => ModelInspector.Inspect(Path.Combine(GoldenFolder.Checkout, "README.md")));
        Assert.Throws<GessoException>(() => ModelInspector.Inspect(Path.Combine(GoldenFolder.Checkout, "docs")));
    }
}
