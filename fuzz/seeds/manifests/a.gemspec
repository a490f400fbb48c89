Gem::Specification.new do |s|
  s.name = 'a'
  s.version = '1'
  s.add_dependency 'b', '~> 1'
end
