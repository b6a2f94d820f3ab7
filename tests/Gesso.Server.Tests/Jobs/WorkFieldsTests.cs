using Gesso.Diffusion.Samplers;
using Gesso.Server.Hosting;
using Gesso.Server.Jobs;
using Gesso.Server.Json;

namespace Gesso.Server.Tests.Jobs;

public sealed class WorkFieldsTests
{
    /// <summary>The server knows no engine, so the names stand in two places.</summary>
    [Fact]
    public void Samplers_are_those_of_the_engine() =>
        Assert.Equal(SamplerCatalog.Names, new WorkFields(new LimitOptions()).Fields.OfType<ChoiceField>().Single(f => f.Name == "sampler").Values);
}
