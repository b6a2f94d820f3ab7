using Gesso.Testing;
using Gesso.Torch.Native;

namespace Gesso.Torch.Tests.Native;

public sealed class DeviceSurveyTests
{
    private const long Gibibyte = 1L << 30;

    [Fact]
    public void Survey_describes_this_machine()
    {
        using var folder = new TestFolder();

        DeviceSurvey survey = DeviceSurvey.Survey(folder.At("cache", "not", "made"), folder.Path);

        Assert.NotEmpty(survey.OperatingSystem);
        Assert.NotEmpty(survey.Cpu.Model);
        Assert.InRange(survey.Cpu.Threads, 1, survey.Cpu.UsableProcessors);
        Assert.InRange(survey.Memory.AvailableBytes, 1, survey.Memory.TotalBytes);
        Assert.True(survey.Cuda.Count > 0 == survey.CudaNote is null);
        Assert.Equal([folder.At("cache", "not", "made"), folder.Path], survey.Disks.Select(disk => disk.Folder));
        Assert.All(survey.Disks, disk => Assert.InRange(disk.FreeBytes ?? -1, 0, disk.TotalBytes ?? -1));
    }

    [Theory]
    [InlineData("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\n", "Debian GNU/Linux 12 (bookworm)")]
    [InlineData("NAME=x\nPRETTY_NAME=Alpine\n", "Alpine")]
    [InlineData("NAME=x\n", null)]
    public void OsName_reads_the_pretty_name(string release, string? name) => Assert.Equal(name, DeviceSurvey.OsName(release));

    [Fact]
    public void Field_reads_the_first_processor_of_cpuinfo()
    {
        const string text = "processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz\nflags\t\t: fpu avx2 amx_bf16\n\nprocessor\t: 1\nmodel name\t: Other\n";

        Assert.Equal("Some CPU @ 2.0GHz", CpuSurvey.Field(text, "model name"));
        Assert.Equal("fpu avx2 amx_bf16", CpuSurvey.Field(text, "flags"));
        Assert.Null(CpuSurvey.Field(text, "Features"));
        Assert.Null(CpuSurvey.Field(null, "flags"));
        Assert.Contains("AMX_BF16", CpuSurvey.Take(text).Features);
    }

    [Theory]
    [InlineData("0::/\n", "", "memory.max", "memory.current", "inactive_file")]
    [InlineData("0::/slice/job\n", "slice", "memory.max", "memory.current", "inactive_file")]
    [InlineData("4:cpu,memory:/docker/1\n0::/\n", "memory/docker/1", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")]
    [InlineData("4:memory:/not/visible/here\n", "memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")]
    public void Memory_respects_the_limit_of_the_container_or_of_a_group_above(string groups, string at, string limit, string usage, string cache)
    {
        using TestFolder root = Machine(groups);
        string group = root.At("sys", "fs", "cgroup", at);
        Directory.CreateDirectory(group);
        File.WriteAllText(Path.Combine(group, limit), $"{8 * Gibibyte}\n");
        File.WriteAllText(Path.Combine(group, usage), $"{6 * Gibibyte}\n");
        File.WriteAllText(Path.Combine(group, "memory.stat"), $"anon 1\n{cache} {Gibibyte}\n");

        MemorySurvey memory = MemorySurvey.Take(root.Path);

        Assert.Equal((8 * Gibibyte, 3 * Gibibyte), (memory.TotalBytes, memory.AvailableBytes));
        Assert.Equal(Path.TrimEndingDirectorySeparator(group), Path.TrimEndingDirectorySeparator(memory.LimitedBy!));
    }

    [Theory]
    [InlineData("memory.max", "max")]
    [InlineData("memory.max", "9223372036854771712")]
    public void Memory_is_the_machines_when_the_group_sets_no_limit(string file, string text)
    {
        using TestFolder root = Machine("0::/\n");
        Directory.CreateDirectory(root.At("sys", "fs", "cgroup"));
        File.WriteAllText(root.At("sys", "fs", "cgroup", file), text);
        File.WriteAllText(root.At("sys", "fs", "cgroup", "memory.current"), "4096");

        Assert.Equal(new MemorySurvey(32 * Gibibyte, 16 * Gibibyte, null), MemorySurvey.Take(root.Path));
    }

    [Fact]
    public void Memory_asks_the_runtime_where_there_is_no_proc()
    {
        using var root = new TestFolder();

        MemorySurvey memory = MemorySurvey.Take(root.Path);

        Assert.InRange(memory.AvailableBytes, 0, memory.TotalBytes);
        Assert.True(memory.TotalBytes > 0);
    }

    [Fact]
    public void Cuda_reads_the_drivers_list()
    {
        const string csv = """
            0, 81559, 80994, 550.90.07, 9.0, NVIDIA H100 80GB HBM3
            1, [N/A], [N/A], 550.90.07, 8.7, Orin, integrated

            No devices were found
            """;

        Assert.Equal(
            [
                new CudaDevice(0, "NVIDIA H100 80GB HBM3", 81559L << 20, 80994L << 20, "550.90.07", "9.0"),
                new CudaDevice(1, "Orin, integrated", 0, 0, "550.90.07", "8.7"),
            ],
            CudaSurvey.Parse(csv));
    }

    [Fact]
    public void Cuda_says_why_there_is_no_device()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Uses shell scripts in the place of the driver's tool.");
        using var folder = new TestFolder();

        Assert.Contains("not here", Note("/nowhere/nvidia-smi"), StringComparison.Ordinal);
        Assert.Contains("lists no device", Note(Script(folder, "empty", "exit 0")), StringComparison.Ordinal);
        Assert.Contains("(9): driver mismatch", Note(Script(folder, "broken", "echo driver mismatch >&2; exit 9")), StringComparison.Ordinal);
        Assert.Contains("did not answer", Note(Script(folder, "stuck", "sleep 60"), TimeSpan.FromMilliseconds(100)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\0GLIBCXX_3.4\0GLIBCXX_3.4.9\0GLIBCXX_3.4.30\0GLIBCXX_3.4.29\0", "3.4.30")]
    [InlineData("GLIBCXX_3.4.", null)]
    [InlineData("GLIBCXX_3.4.x\0GLIBCXX_3.4.999999999999\0", null)]
    public void LibStdCxx_is_the_newest_version_among_the_strings(string image, string? version) =>
        Assert.Equal(version, LibStdCxxVersion.Newest(System.Text.Encoding.ASCII.GetBytes(image))?.ToString());

    private static string Note(string tool, TimeSpan? patience = null)
    {
        (IReadOnlyList<CudaDevice> devices, string? note) = CudaSurvey.Take(tool, patience ?? TimeSpan.FromSeconds(20));
        Assert.Empty(devices);
        return note ?? "";
    }

    private static string Script(TestFolder folder, string name, string body)
    {
        string path = folder.At(name);
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private static TestFolder Machine(string groups)
    {
        var root = new TestFolder();
        Directory.CreateDirectory(root.At("proc", "self"));
        string memory = $"MemTotal:       {32 * Gibibyte / 1024} kB\nMemAvailable:   {16 * Gibibyte / 1024} kB\nHugePages_Total:       0\n";
        File.WriteAllText(root.At("proc", "meminfo"), memory);
        File.WriteAllText(root.At("proc", "self", "cgroup"), groups);
        return root;
    }
}
