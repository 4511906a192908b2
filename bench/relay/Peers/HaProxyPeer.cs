namespace Headgate.Relay.Bench.Peers;

/// <summary>HAProxy at its best for this: SNI inspection, splice both ways with pipes of 1 MiB, a thread for each processor, the same header to the target.</summary>
internal sealed class HaProxyPeer(string folder, int port, IReadOnlyList<Names> names) : Peer(Reference, port)
{
    /// <summary>The system counts pipes by user: without one of its own it would take those of the gateway, or the other way round.</summary>
    private const int Nobody = 65534;

    protected override async Task<ChildProcess?> LaunchAsync()
    {
        var file = Path.Combine(folder, "haproxy.cfg");
        await File.WriteAllTextAsync(file, $$"""
            global
                uid {{Nobody}}
                gid {{Nobody}}
                nbthread {{Environment.ProcessorCount}}
                maxconn {{Descriptors.Most * 3 / 10}}
                tune.pipesize 1048576
            defaults
                mode tcp
                timeout connect 5s
                timeout client 15m
                timeout server 15m
                option splice-request
                option splice-response
            frontend tenants
                bind *:{{Port}}
                tcp-request inspect-delay 5s
                tcp-request content accept if { req.ssl_hello_type 1 }
                tcp-request content reject
            {{string.Join('\n', names.Select((name, i) => $"    use_backend target{i} if {{ req.ssl_sni -i {name.ServerName} }}"))}}
            {{string.Join('\n', names.Select((name, i) => $"backend target{i}\n    server target {name.Target} send-proxy-v2 proxy-v2-options authority"))}}

            """);
        return await ChildProcess.StartAsync(Name, Path.Combine(folder, "haproxy.log"), Port, "haproxy", "-db", "-f", file);
    }
}
