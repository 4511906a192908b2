namespace Headgate.EndToEnd.Tests;

[CollectionDefinition(Name)]
public sealed class ProviderCollection : ICollectionFixture<Provider>
{
    public const string Name = "provider";
}
