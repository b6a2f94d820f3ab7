using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gesso.Testing.Processes;

/// <summary>What a <see cref="CutProxy"/> does with the bytes.</summary>
public enum Cut
{
    /// <summary>Passes them on.</summary>
    None,

    /// <summary>Connections break, new ones are closed at once.</summary>
    Both,

    /// <summary>Connections stay, but what the target answers is swallowed: requests arrive and nobody learns what became of them.</summary>
    Answers,
}

/// <summary>A TCP connection's way from a client to a port of this machine, to be cut.</summary>
public sealed class CutProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, bool> _open = new();
    private readonly int _target;
    private readonly Task _accepting;
    private volatile Cut _cut;

    /// <param name="target">A port on loopback.</param>
    public CutProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Apply(Cut cut)
    {
        _cut = cut;
        if (cut == Cut.Both)
            Break();
    }

    /// <summary>Passes bytes again. Connections that lost some cannot go on, as in a real network: they break.</summary>
    public void Mend()
    {
        bool lost = _cut == Cut.Answers;
        _cut = Cut.None;
        if (lost)
            Break();
    }

    /// <summary>Breaks what is open; new connections pass.</summary>
    public void Break()
    {
        foreach (var client in _open.Keys)
            client.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Break();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync();
            if (_cut == Cut.Both)
                client.Dispose();
            else
                _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var target = new TcpClient();
        _open[client] = true;
        try
        {
            await target.ConnectAsync(IPAddress.Loopback, _target);
            client.NoDelay = target.NoDelay = true;
            await Task.WhenAny(PassAsync(client, target, isAnswer: false), PassAsync(target, client, isAnswer: true));
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // one side is gone: so is the other
        }
        finally
        {
            _ = _open.TryRemove(client, out _);
            client.Dispose();
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to, bool isAnswer)
    {
        byte[] block = new byte[16 << 10];
        while (await from.GetStream().ReadAsync(block) is > 0 and int read)
        {
            if (!isAnswer || _cut != Cut.Answers)
                await to.GetStream().WriteAsync(block.AsMemory(0, read));
        }
    }
}
