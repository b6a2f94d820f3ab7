using Gesso.Testing.Server;

[assembly: AssemblyFixture(typeof(Gesso.Server.Tests.OneServer))]

namespace Gesso.Server.Tests;

/// <summary>The server of all tests that need nothing special of it; each test works with a tenant of its own where it counts things.</summary>
public sealed class OneServer : IAsyncLifetime
{
    public ServerFixture Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await ServerFixture.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
